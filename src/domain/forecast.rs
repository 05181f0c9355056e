//! What the next days bring: arrivals from the history, hours of work against
//! hours of people, and how likely each promise is broken. Pure: the seed of
//! chance is an argument, and the same seed gives the same forecast.

pub mod accuracy;
pub mod arrival;
pub mod band;
pub mod chance;
pub mod handling;
pub mod history;
pub mod outlook;
pub mod roster;
pub mod simulate;
pub mod what_if;

#[cfg(test)]
mod tests;
