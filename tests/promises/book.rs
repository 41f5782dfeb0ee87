//! The built book: no fault, no dead link, nothing from elsewhere.
