//! Folding: one cause, one finding. What explains what.
