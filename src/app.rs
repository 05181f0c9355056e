//! One file per thing that can happen: load, decide, apply, wake.
