//! The error-status of a response (RFC 3416, section 3).

/// Why an agent did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorStatus(pub u32);

impl ErrorStatus {
    /// Nothing is wrong.
    pub const NO_ERROR: Self = Self(0);
    /// The answer does not fit into a datagram.
    pub const TOO_BIG: Self = Self(1);
    /// SNMPv1: no such object, or the end of a walk.
    pub const NO_SUCH_NAME: Self = Self(2);
    /// Anything; net-snmp also says so where a large answer does not fit.
    pub const GEN_ERR: Self = Self(5);
    /// A set failed half way and could not be taken back.
    pub const UNDO_FAILED: Self = Self(15);

    /// The name in the standard; `unknown error-status` for numbers that it does not give.
    pub fn name(self) -> &'static str {
        match self.0 {
            0 => "noError",
            1 => "tooBig",
            2 => "noSuchName",
            3 => "badValue",
            4 => "readOnly",
            5 => "genErr",
            6 => "noAccess",
            7 => "wrongType",
            8 => "wrongLength",
            9 => "wrongEncoding",
            10 => "wrongValue",
            11 => "noCreation",
            12 => "inconsistentValue",
            13 => "resourceUnavailable",
            14 => "commitFailed",
            15 => "undoFailed",
            16 => "authorizationError",
            17 => "notWritable",
            18 => "inconsistentName",
            _ => "unknown error-status",
        }
    }
}

impl std::fmt::Display for ErrorStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}
