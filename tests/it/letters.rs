//! Which letter answers what, how letters look, what their tokens are worth.

mod choice;
mod guarding;
mod rendering;
mod signing;
mod templates;
mod tokens;
mod wording;
