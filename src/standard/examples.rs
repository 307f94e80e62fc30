//! The examples of `templates/`, compiled in: small, honest about being examples, without secrets.

/// Name below `templates/`, and text.
pub(super) static ALL: &[(&str, &str)] = &[
    ("apc-pdu/default.j2", include_str!("../../templates/apc-pdu/default.j2")),
    ("apc-ups/default.j2", include_str!("../../templates/apc-ups/default.j2")),
    ("aviat/default.j2", include_str!("../../templates/aviat/default.j2")),
    ("cnmatrix/default.j2", include_str!("../../templates/cnmatrix/default.j2")),
    ("epmp/default.j2", include_str!("../../templates/epmp/default.j2")),
    ("ict-mps/default.j2", include_str!("../../templates/ict-mps/default.j2")),
    ("ict-pdu/default.j2", include_str!("../../templates/ict-pdu/default.j2")),
    ("ict-platinum/default.j2", include_str!("../../templates/ict-platinum/default.j2")),
    ("netonix/default.j2", include_str!("../../templates/netonix/default.j2")),
    ("nokia/default.j2", include_str!("../../templates/nokia/default.j2")),
    ("routeros/default.j2", include_str!("../../templates/routeros/default.j2")),
    ("smartsys/default.j2", include_str!("../../templates/smartsys/default.j2")),
    ("tachyon/default.j2", include_str!("../../templates/tachyon/default.j2")),
    ("ups-mib/default.j2", include_str!("../../templates/ups-mib/default.j2")),
    ("wave/default.j2", include_str!("../../templates/wave/default.j2")),
];

/// The example of a name.
pub(super) fn find(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
