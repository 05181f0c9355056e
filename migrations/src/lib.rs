//! Frozen schema history.
