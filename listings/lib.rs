//! Nothing: the dependencies of this package are what the lessons' programs
//! link, and here skeptic looks them up.
