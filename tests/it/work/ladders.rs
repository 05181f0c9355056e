//! Ladders call whom they must, once for each cause, at the right instant.
