//! `incident` observes: findings over time and vantages become incidents, and every change of one
//! is a [`Transition`]. It decides what is one incident and when it opens, changes and ends; it
//! tells nobody (`notice`, `notify`) and keeps nothing but what it is given (`store` does).

mod types;

pub use types::{
    Cause, Covered, Happened, Incident, IncidentId, Observation, Raised, Rules, Show, State, Step, Transition,
};
