//! `plimsoll diff` and `plimsoll replay`, from the command line.
