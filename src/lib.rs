//! Sizewright.
