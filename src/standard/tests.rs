use std::path::PathBuf;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::*;
use crate::model::{FailureClass, Family};

fn kind(code: &str) -> DeviceType {
    DeviceType::parse(code).unwrap()
}

fn subject(code: &str, payload: Value) -> Subject {
    let Value::Object(payload) = payload else { panic!() };
    Subject::of(kind(code), None, None, &payload).unwrap()
}

/// An operator's folder with these files.
#[expect(clippy::disallowed_methods, reason = "the test writes an operator's templates")]
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn rendered(files: &[(&str, &str)], payload: Value) -> Result<Rendered, StandardError> {
    let folder = folder(files);
    Standard::new(folder.path(), false).render(&subject("MTROS", payload), &Marks::new())
}

#[test]
fn the_types_own_template_goes_before_the_familys() {
    let folder = folder(&[("routeros/default.j2", "/any {{ device_type }}\n"), ("routeros/MT2004.j2", "/own\n")]);
    let standard = Standard::new(folder.path(), false);
    let text = |code: &str| {
        let rendered = standard.render(&subject(code, json!({})), &Marks::new()).unwrap();
        (rendered.text, rendered.template, rendered.example)
    };
    assert_eq!(text("MT2004"), ("/own\n".to_owned(), "routeros/MT2004.j2".to_owned(), false));
    assert_eq!(text("MT1009"), ("/any MT1009\n".to_owned(), "routeros/default.j2".to_owned(), false));
}

#[test]
fn what_is_missing_is_named() {
    let folder = folder(&[]);
    let standard = Standard::new(folder.path(), false);
    let error = standard.render(&subject("CNEP3K", json!({})), &Marks::new()).unwrap_err();
    assert_eq!(error.class(), FailureClass::TemplateMissing);
    let file = folder.path().join("epmp/default.j2");
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    assert!(error.to_string().contains("epmp/CNEP3K.j2"), "{error}");
    assert_eq!(standard.missing(kind("CNEP3K")), Some(file));
    assert!(standard.check().is_empty());
    // A folder that is not there is an empty one.
    let nowhere = Standard::new(folder.path().join("no/such"), false);
    assert!(nowhere.missing(kind("SS")).is_some() && nowhere.check().is_empty());
}

#[test]
fn an_operators_file_goes_before_the_example_and_only_that_one() {
    let folder = folder(&[("ups-mib/default.j2", "sysName: mine\n")]);
    let standard = Standard::new(folder.path(), true);
    let of = |code: &str| standard.render(&subject(code, json!({"site_name": "NORTH"})), &Marks::new()).unwrap();
    let (mine, example) = (of("UPSMIB"), of("APCPDU"));
    assert_eq!((mine.text.as_str(), mine.example), ("sysName: mine\n", false));
    assert_eq!((example.text.as_str(), example.example), ("sysLocation: NORTH\nsysName: RPC-APC1.NORTH\n", true));
    assert_eq!(standard.missing(kind("APCPDU")), None);
}

#[test]
fn an_undefined_parameter_is_named_with_its_template_and_line() {
    for (text, line, name) in [
        ("/a\n/b name={{ frequency }}\n", 2, "frequency"),
        ("{{ site.tags.asn }}", 1, "site.tags.asn"),
        ("/a\n\n{{ asn|upper }}", 3, "asn"),
        ("{{ height|json }}", 1, "height"),
        ("{{ 'x' ~ site_name ~ '-' ~ azimuth|pad(3) }}", 1, "azimuth"),
        ("{% if frequency == 1 %}x{% endif %}", 1, "frequency"),
        ("{% for port in ports %}x{% endfor %}", 1, "ports"),
        ("{% set a = b %}{{ a }}", 1, "b"),
        ("{{ uplinks[0].name }}", 1, "uplinks"),
    ] {
        let error = rendered(&[("routeros/default.j2", text)], json!({"site_name": "N"})).unwrap_err();
        assert_eq!(error.class(), FailureClass::Validation, "{text}: {error}");
        let told = error.to_string();
        assert!(told.contains(&format!("routeros/default.j2:{line}: the parameter '{name}")), "{text}: {told}");
        assert!(told.contains("payload") && told.contains("inventory"), "{told}");
    }
    let text = "{% if height is defined %}h={{ height }}{% endif %}{{ height|default(10) }}";
    assert_eq!(rendered(&[("routeros/default.j2", text)], json!({})).unwrap().text, "10\n");
}

#[test]
fn an_included_template_is_the_one_that_is_told() {
    let files = [("routeros/default.j2", "/a\n{% include \"_b.j2\" %}"), ("_b.j2", "\n\n{{ nothing }}")];
    let told = rendered(&files, json!({})).unwrap_err().to_string();
    assert!(told.contains("_b.j2:3: the parameter 'nothing'"), "{told}");
    let told = rendered(&[("routeros/default.j2", "{% include \"../x.j2\" %}")], json!({})).unwrap_err();
    assert_eq!(told.class(), FailureClass::TemplateError, "{told}");
}

#[test]
fn a_broken_template_says_where() {
    for (text, line) in [("/a\n{% if x %}\n", 3), ("/a\n{{ x|nope }}", 2), ("{{ nope() }}", 1), ("/a\n{{ }}", 2)] {
        let error = rendered(&[("routeros/default.j2", text)], json!({"x": "1"})).unwrap_err();
        assert_eq!(error.class(), FailureClass::TemplateError, "{text}: {error}");
        let place = error.to_string();
        let near = (line - 1..=line).any(|line| place.contains(&format!("routeros/default.j2:{line}: ")));
        assert!(near, "{text}: {place}");
    }
    let text = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}";
    let error = rendered(&[("routeros/default.j2", text)], json!({})).unwrap_err();
    assert_eq!(error.class(), FailureClass::TemplateError, "{error}");
    let error = rendered(&[("routeros/default.j2", "{% set x = 1 %}{{ x.y.z }}")], json!({})).unwrap_err();
    assert_eq!(error.class(), FailureClass::Validation, "{error}");
}

#[test]
fn nothing_is_escaped_and_no_empty_lines_come_from_blocks() {
    let text = "{# why #}\n/a name={{ name }}\n  {% if true %}\n/b\n  {% endif %}\n/c\n";
    let rendered = rendered(&[("routeros/default.j2", text)], json!({"name": "<&'\">"})).unwrap();
    assert_eq!(rendered.text, "/a name=<&'\">\n/b\n/c\n");
}

#[test]
fn secrets_are_asked_for_by_reference_and_rendered_as_their_marks() {
    let text = "/snmp community set name={{ secret(\"secret:snmp-ro\") }}\n/radius add secret={{ secret('radius') }}\n";
    let folder = folder(&[("routeros/default.j2", text)]);
    let standard = Standard::new(folder.path(), false);
    let subject = subject("MTROS", json!({}));
    let first = standard.render(&subject, &Marks::new()).unwrap();
    let wanted: Vec<SecretRef> = first.wanted.iter().map(Wanted::reference).collect();
    assert_eq!(wanted, [SecretRef::Vault("radius".into()), SecretRef::Vault("snmp-ro".into())]);
    let marks = first.wanted.into_iter().map(|wanted| {
        let mark = format!("<redacted:{:08x}>", wanted.0.len());
        (wanted, mark)
    });
    let second = standard.render(&subject, &marks.collect()).unwrap();
    assert!(second.wanted.is_empty());
    assert_eq!(second.text, "/snmp community set name=<redacted:0000000e>\n/radius add secret=<redacted:00000006>\n");
}

#[test]
fn every_mistake_of_every_template_is_told_with_its_place() {
    let folder = folder(&[
        ("routeros/default.j2", "/a\n{{ x|nope }}\n"),
        ("routeros/MT2204.j2", "/fine\n"),
        ("aviat/default.j2", "{% include \"_gone.j2\" %}\n"),
        ("aviat/_part.j2", "x\n{% endif %}\n"),
        ("wave/default.j2", "{% include \"aviat/_part.j2\" %}\n"),
        ("mikrotik/default.j2", "/fine {{ what_is_not_known.here|upper }}\n"),
        ("epmp/default.j2", "{ {% if a is nope %}{% endif %} }\n"),
        ("nokia/default.j2", "{{ nope() }}\n"),
        ("ups-mib/default.j2", "sysName: {{ site_name ~ device_number|int|pad(3) }} {{ secret('x') }}\n"),
        ("notes.txt", "{{ broken"),
        (".hidden/default.j2", "{{ broken"),
    ]);
    let told: Vec<String> = Standard::new(folder.path(), false).check().iter().map(ToString::to_string).collect();
    let expected = [
        "aviat/_part.j2:2: syntax error",
        "aviat/default.j2:1: template not found",
        "epmp/default.j2:1: unknown test",
        "mikrotik/default.j2: is in no family's folder",
        "nokia/default.j2:1: unknown function",
        "routeros/MT2204.j2: is named after no type",
        "routeros/default.j2:2: unknown filter",
    ];
    for start in expected {
        let start = format!("{}/{start}", folder.path().display());
        assert!(told.iter().any(|line| line.starts_with(&start)), "'{start}' is not in {told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

/// A parameter for every example.
fn everything() -> Map<String, Value> {
    let Value::Object(all) = json!({
        "site_name": "TX-NORTH-1", "device_number": "2", "latitude": "32.25000", "longitude": "-97.50000", "azimuth": "90",
        "frequency": "5600", "antenna": "CN090", "user_number": "4711", "height": "30", "link_type": "4_0_V",
        "ap_voltage": "0V", "ap_count": "2", "battery_capacity": "190", "trap_addr": "192.0.2.50", "bng_version": "2",
        "dns_servers": "192.0.2.53,192.0.2.54",
    }) else {
        panic!()
    };
    all
}

/// F69: the parameters of the site stand in the text; the expected texts were written by hand.
#[test]
fn the_examples_of_all_families_are_sound_and_give_what_stands_in_the_golden_files() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let nowhere = root.join("no/such/folder");
    let standard = Standard::new(&nowhere, true);
    assert!(standard.check().is_empty(), "{:?}", standard.check());
    let mut families: BTreeSet<&str> = BTreeSet::new();
    for code in DeviceType::codes() {
        let device_type = kind(code);
        if device_type.family() == Family::Generic {
            continue;
        }
        let subject = Subject::of(device_type, None, None, &everything()).unwrap();
        let rendered = standard.render(&subject, &Marks::new()).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert!(rendered.example && rendered.wanted.is_empty(), "{code}");
        let family = folder_of(device_type.family());
        if families.insert(family) {
            let path = root.join(format!("tests/golden/standard/{family}.txt"));
            let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            // Where a family's form has no line end at its end, the file has one all the same.
            assert_eq!(rendered.text.trim_end(), expected.trim_end(), "{code}");
        }
    }
    assert_eq!(families.len(), 15);
    // What is shipped is what is compiled in.
    for (name, text) in super::examples::ALL {
        assert_eq!(std::fs::read_to_string(root.join("templates").join(name)).unwrap(), *text, "{name}");
        assert!(text.starts_with("{# EXAMPLE, not a golden configuration of yours."), "{name}");
    }
    assert_eq!(super::examples::ALL.len(), families.len());
}
