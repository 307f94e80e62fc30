use serde_json::json;

use super::*;
use crate::aviat::state::{Check, Target};

const YAML: &str = "sites: [{name: s}]\ndevices:\n\
    - {name: bh-1, address: 192.0.2.10, type: AV4100}\n\
    - {name: bh-2, address: 192.0.2.11, type: AV4200}\n\
    - {name: core, address: 192.0.2.1, type: MTROS}\n";

/// Summer in Chicago, 14:00 there.
const NOW: &str = "2026-07-01T19:00:00Z";

#[expect(clippy::disallowed_methods, reason = "the test writes an inventory")]
fn with<T>(test: impl FnOnce(&Frame<'_>) -> T) -> T {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    std::fs::write(file.path(), YAML).unwrap();
    let inventory = crate::inventory::load(file.path()).unwrap();
    let policy = AddressPolicy::new(vec!["198.51.100.0/24".parse().unwrap()]);
    let zone = TimeZone::get("America/Chicago").unwrap();
    test(&Frame { inventory: &inventory, policy: &policy, now: NOW.parse().unwrap(), zone })
}

fn run_of(payload: Value) -> Result<Run> {
    with(|frame| run(frame, &payload))
}

fn text(refusal: Refusal) -> String {
    match refusal {
        Refusal::Contract(_, text) => text,
        Refusal::Ours(failure) => failure.sentence,
    }
}

fn refused(payload: Value) -> String {
    text(run_of(payload.clone()).expect_err(&payload.to_string()))
}

#[test]
fn s002_ips_are_a_list_of_addresses_of_radios() {
    for payload in [json!({}), json!({"ips": []}), json!({"ips": null, "tasks": ["snmp"]})] {
        assert_eq!(refused(payload), "No IPs provided");
    }
    for (ips, part) in [
        (json!("192.0.2.10"), "'ips' must be a list"),
        (json!({"ip": "192.0.2.10"}), "'ips' must be a list"),
        (json!([1]), "'ips' must be a list"),
        (json!(["192.0.2.10/24"]), "'ips': '192.0.2.10/24' is not"),
        (json!(["bh-1"]), "'ips': 'bh-1' is not"),
        (json!([" 192.0.2.10"]), "is not an IPv4"),
        (json!(["192.0.2.10", ""]), "is not an IPv4"),
        (json!(["192.0.2.1"]), "no Aviat radio (AV4100, AV4200)"),
        (json!(["203.0.113.9"]), "neither in the inventory nor inside allowed_networks"),
        (json!(["127.0.0.1"]), "loopback"),
    ] {
        let said = refused(json!({"ips": ips, "tasks": ["snmp"]}));
        assert!(said.contains(part), "{ips}: {said}");
    }
}

#[test]
fn s003_tasks_are_the_contracts_and_at_least_one() {
    for tasks in
        [json!([]), json!(null), json!("firmware"), json!(["upgrade"]), json!(["snmp", "backup"]), json!([["snmp"]])]
    {
        let said = refused(json!({"ips": ["192.0.2.10"], "tasks": tasks}));
        assert!(
            said.contains("'tasks'") && said.contains("firmware, password, snmp, buffer, sop, activate, all"),
            "{said}"
        );
    }
    let run = run_of(json!({"ips": ["192.0.2.10"], "tasks": ["sop", "snmp", "firmware", "snmp"]})).unwrap();
    assert_eq!(run.plan.steps, [Step::Firmware, Step::Snmp, Step::Sop]);
    let all = run_of(json!({"ips": ["192.0.2.10"], "tasks": ["all"]})).unwrap();
    assert_eq!(all.plan.steps, [Step::Firmware, Step::Activate, Step::Password, Step::Snmp, Step::Buffer, Step::Sop]);
}

#[test]
fn s004_a_radio_that_is_named_in_several_ways_is_one() {
    let ips = json!(["192.0.2.11", "192.0.2.10", "::ffff:192.0.2.10", "192.0.2.10", "::ffff:c000:20b", "198.51.100.7"]);
    let run = run_of(json!({"ips": ips, "tasks": ["snmp"]})).unwrap();
    let shown: Vec<(String, Option<&str>)> =
        run.radios.iter().map(|radio| (radio.address.to_string(), radio.name.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("192.0.2.11".to_owned(), Some("bh-2")),
            ("192.0.2.10".to_owned(), Some("bh-1")),
            ("198.51.100.7".to_owned(), None)
        ]
    );
}

fn params_of(params: Value) -> Result<Run> {
    run_of(json!({"ips": ["192.0.2.10"], "tasks": ["firmware"], "maintenance_params": params}))
}

#[test]
fn s005_without_a_mode_it_is_scheduled() {
    let plain = run_of(json!({"ips": ["192.0.2.10"], "tasks": ["firmware"]})).unwrap();
    let empty = params_of(json!({})).unwrap();
    let said = params_of(json!({"activation_mode": "scheduled"})).unwrap();
    assert_eq!((&plain.plan, &empty.plan), (&said.plan, &said.plan));
    assert_eq!((plain.plan.policy, plain.plan.target), (Policy::Scheduled { at: None }, Target::Final));
}

#[test]
fn s006_a_mode_that_contradicts_itself_is_refused() {
    for params in [
        json!({"activation_mode": "immediate", "activate_now": false}),
        json!({"activation_mode": "scheduled", "activate_now": true}),
        json!({"activate_now": true}),
        json!({"activation_mode": "manual", "activate_now": true}),
        json!({"activation_mode": "immediate", "activation_at": "2026-07-02T07:00:00Z"}),
        json!({"activation_mode": "manual", "activation_at": "2026-07-02T07:00:00Z"}),
    ] {
        let said = text(params_of(params.clone()).expect_err(&params.to_string()));
        assert!(said.contains("'activation_mode' is '"), "{said}");
    }
    for (params, policy) in [
        (json!({"activation_mode": "immediate", "activate_now": true}), Policy::Immediate),
        (json!({"activation_mode": "immediate", "activate_now": null, "activation_time": "02:00"}), Policy::Immediate),
        (json!({"activation_mode": "manual", "activate_now": false}), Policy::Manual),
    ] {
        assert_eq!(params_of(params).unwrap().plan.policy, policy);
    }
}

#[test]
fn maintenance_params_name_their_field_and_its_values() {
    for (params, part) in [
        (json!([]), "'maintenance_params' must be an object"),
        (json!({"activation": "now"}), "'maintenance_params' has no 'activation'; it has: activation_mode"),
        (json!({"activation_mode": "now"}), "'activation_mode': 'now' is none of: scheduled, immediate, manual"),
        (json!({"activation_mode": 3}), "'activation_mode' must be a text"),
        (json!({"activate_now": "yes"}), "'activate_now' must be true or false"),
        (json!({"firmware_target": "latest"}), "'firmware_target': 'latest' is none of: final, baseline"),
        (json!({"firmware_uri": "http://h/image.swpack"}), "'firmware_uri' must have exactly one version"),
        (json!({"firmware_uri": "http://h/6.2.4.swpack; restart"}), "'firmware_uri' must be an address"),
        (json!({"activation_time": "2am"}), "'activation_time' must be HH:MM"),
        (json!({"precheck_override": ["stp"]}), "needs 'override_reason'"),
        (json!({"precheck_override": ["all"], "override_reason": "x"}), "is none of: subnet, stp, licence, uptime"),
        (json!({"precheck_override": "stp"}), "'precheck_override' must be a list"),
        (json!({"override_reason": "x"}), "lists nothing"),
    ] {
        let said = text(params_of(params.clone()).expect_err(&params.to_string()));
        assert!(said.contains(part), "{params}: {said}");
    }
    let run = params_of(json!({
        "firmware_target": "baseline", "firmware_uri": "http://192.0.2.9/wtm4100-6.3.1.2.swpack",
        "precheck_override": ["stp", "license", "stp"], "override_reason": "ring of three, storm control is on",
    }))
    .unwrap();
    assert_eq!((run.plan.target, run.plan.custom.unwrap().version.as_str()), (Target::Custom, "6.3.1"));
    assert_eq!(run.plan.overrides, [Check::Stp, Check::Licence]);
}

#[test]
fn s053_s054_instants_have_an_offset_and_bare_times_a_zone() {
    let at = |params: Value| params_of(params).unwrap().plan.not_before().map(|at| at.to_string());
    for (text, instant) in [
        ("2026-07-02T02:00:00-05:00", "2026-07-02T07:00:00Z"),
        ("2026-07-02T07:00:00Z", "2026-07-02T07:00:00Z"),
        ("2026-07-02T07:00:00.000Z", "2026-07-02T07:00:00Z"),
    ] {
        assert_eq!(at(json!({"activation_at": text})).as_deref(), Some(instant), "{text}");
    }
    assert_eq!(at(json!({"activation_at": null, "activation_time": ""})), None);
    // 02:00 in Chicago is 07:00Z in summer; 15:00 is still to come today.
    assert_eq!(at(json!({"activation_time": "02:00"})).as_deref(), Some("2026-07-02T07:00:00Z"));
    assert_eq!(at(json!({"activation_time": "15:00"})).as_deref(), Some("2026-07-01T20:00:00Z"));
    for text in ["tomorrow", "2026-07-02T02:00:00", "2026-07-02", "02:00", "2026-13-02T02:00:00Z", "1783000000"] {
        let said = self::text(params_of(json!({"activation_at": text})).expect_err(text));
        assert!(said.contains("'activation_at' must be an instant with its offset"), "{said}");
    }
    let far = self::text(params_of(json!({"activation_at": "2062-07-02T02:00:00Z"})).unwrap_err());
    assert!(far.contains("400 days"), "{far}");
}

#[test]
fn a_body_or_params_may_lie_inside_the_payload() {
    let inside = run_of(json!({"body": {"ips": ["192.0.2.10"], "tasks": ["snmp"]}, "ips": ["192.0.2.11"]})).unwrap();
    assert_eq!(inside.radios[0].address.to_string(), "192.0.2.10");
    assert_eq!(params(&json!({"params": {"limit": 3}}))["limit"], 3);
    // These two never had one.
    let outside = json!({"body": {"ips": ["192.0.2.10"]}, "ips": ["192.0.2.11"]});
    with(|frame| {
        assert_eq!(check(frame, &outside).unwrap()[0].address.to_string(), "192.0.2.11");
        assert_eq!(activate(frame, &outside).unwrap().radios[0].address.to_string(), "192.0.2.11");
    });
}

#[test]
fn one_radio_and_one_task() {
    with(|frame| {
        assert_eq!(text(one(frame, &json!({})).unwrap_err()), "Missing ip");
        assert_eq!(text(one(frame, &json!({"ip": " "})).unwrap_err()), "Missing ip");
        assert!(text(one(frame, &json!({"ip": "x"})).unwrap_err()).contains("'ip': 'x' is not"));
        assert_eq!(one(frame, &json!({"body": {"ip": "192.0.2.10"}})).unwrap().name.as_deref(), Some("bh-1"));
        assert_eq!(text(abort(frame, &json!({})).unwrap_err()), "Missing 'task_id'");
        assert_eq!(text(abort(frame, &json!({"task_id": "aviat-abc123"})).unwrap_err()), "Task not found");
        assert!(
            matches!(abort(frame, &json!({"ips": ["192.0.2.10"]})), Ok(Abort::Radios(radios)) if radios.len() == 1)
        );
        assert!(!activate(frame, &json!({"client_hour": 3})).unwrap().force, "force is never the default");
        assert!(text(activate(frame, &json!({"force": "yes"})).unwrap_err()).contains("'force'"));
    });
}

#[test]
fn s011_a_queue_update_that_says_nothing_is_refused() {
    with(|frame| {
        for (payload, part) in [
            (json!({}), "'mode' is missing; it must be one of: add, remove, replace"),
            (json!({"entries": [{"ip": "192.0.2.10"}]}), "'entries' is not known"),
            (json!({"radios": ["192.0.2.10"]}), "'mode' is missing"),
            (json!({"mode": "clear", "radios": []}), "'mode': 'clear' is none of"),
            (json!({"mode": "add"}), "'radios' must be a list"),
            (json!({"mode": "add", "radios": []}), "'radios' is empty"),
            (json!({"mode": "remove", "radios": []}), "'radios' is empty"),
            (json!({"mode": "add", "radios": [{"address": "192.0.2.10"}]}), "objects with 'ip'"),
            (json!({"mode": "add", "radios": ["192.0.2.1"]}), "no Aviat radio"),
            (json!({"mode": "replace", "radios": ["192.0.2.10"]}), "needs 'versions'"),
            (json!({"mode": "replace", "radios": []}), "needs 'versions'"),
            (json!({"mode": "replace", "radios": [], "versions": {"192.0.2.10": "1"}}), "needs 'versions'"),
            (
                json!({"mode": "replace", "radios": [{"ip": "192.0.2.10", "version": 1}], "versions": {"192.0.2.10": 2}}),
                "two versions",
            ),
        ] {
            let said = text(update(frame, &payload).expect_err(&payload.to_string()));
            assert!(said.contains(part), "{payload}: {said}");
        }
        let add = update(
            frame,
            &json!({"mode": "ADD", "radios": ["192.0.2.10", {"ip": "::ffff:192.0.2.10", "status": "success"}]}),
        );
        assert!(matches!(add.unwrap().edit, Edit::Add(radios) if radios.len() == 1));
        let replace =
            json!({"mode": "replace", "radios": [{"ip": "192.0.2.10", "version": 4}], "versions": {"192.0.2.11": 7}});
        let Edit::Replace { keep, seen } = update(frame, &replace).unwrap().edit else { panic!("not a replacement") };
        assert_eq!((keep.len(), seen.len()), (1, 2));
    });
}

#[test]
fn s069_a_sync_lists_what_it_touches() {
    with(|frame| {
        for payload in [json!({}), json!({"ips": []}), json!({"own": true}), json!({"ips": null, "own": true})] {
            assert_eq!(text(sync(frame, &payload).unwrap_err()), "No scheduled IPs provided", "{payload}");
        }
        assert_eq!(sync(frame, &json!({"ips": [], "own": true})).unwrap(), Sync::EmptyOwn);
        let set =
            json!({"ips": ["192.0.2.10"], "remaining_tasks": ["all"], "activation_at": "2026-07-02T02:00:00-05:00"});
        let Sync::Set { remaining, at, .. } = sync(frame, &set).unwrap() else { panic!("not a setting") };
        assert_eq!(remaining.unwrap(), [Step::Password, Step::Snmp, Step::Buffer, Step::Sop]);
        assert_eq!(at.unwrap().to_string(), "2026-07-02T07:00:00Z");
        assert!(
            text(sync(frame, &json!({"ips": ["192.0.2.10"], "remaining_tasks": ["x"]})).unwrap_err())
                .contains("'remaining_tasks'")
        );
        assert!(
            text(sync(frame, &json!({"ips": ["192.0.2.10"], "activation_at": "x"})).unwrap_err())
                .contains("'activation_at'")
        );
    });
}

#[test]
fn no_payload_makes_it_panic() {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é]{0,12}".prop_map(Value::from),
        Just(json!("192.0.2.10")),
        Just(json!("firmware")),
    ];
    let value = leaf.prop_recursive(3, 24, 6, |inner| {
        let names = prop::sample::select(vec![
            "ips",
            "ip",
            "tasks",
            "maintenance_params",
            "body",
            "mode",
            "radios",
            "versions",
            "task_id",
            "activation_at",
            "activation_mode",
            "force",
            "own",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(names.prop_map(str::to_owned), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    with(|frame| {
        proptest!(|(payload in value)| {
            let _ = (run(frame, &payload), activate(frame, &payload), reboot(frame, &payload), check(frame, &payload));
            let _ = (one(frame, &payload), abort(frame, &payload), update(frame, &payload), sync(frame, &payload));
        });
    });
}
