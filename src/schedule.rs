//! `schedule` says what is due: which origins, chains, feeds and endpoints are to be looked at, when
//! to wake, within which budget for each host. It neither sleeps nor walks.
