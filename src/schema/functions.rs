//! The functions of the language: names, parameters, results.
