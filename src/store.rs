//! `store` opens the history and the outbox: facts, verdicts, incidents and deliveries, in SQLite
//! or Postgres. It keeps and gives back; it judges nothing and words nothing.
