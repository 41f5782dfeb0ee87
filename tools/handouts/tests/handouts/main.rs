//! What is printed of small workbooks, sound and spoiled, and of this one.

mod bad_input;
mod course;
mod extraction;
mod fixture;
