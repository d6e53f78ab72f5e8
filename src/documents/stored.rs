//! Documents that the service keeps: stored, listed, signed, each version a file of its own.
