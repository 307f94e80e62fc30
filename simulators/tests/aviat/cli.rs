//! The command line: login, prompts, pages, modes, commits, questions, errors.

use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn both_families_greet_without_a_hash_and_say_their_version() {
    for (state, version) in [
        (
            json!({"family": "2.11", "inactive": "2.10.3"}),
            "software-status active-version 2.11.11(18.6069)\r\nsoftware-status inactive-version 2.10.3(7.5120)\r\n\
             software-status status idle\r\n",
        ),
        (
            json!({"family": "6", "inactive": "2.11.11"}),
            "ACTIVE VERSION   INACTIVE VERSION  STATUS\r\n-----------------------------------------\r\n\
             6.2.4(12.59373)  2.11.11(18.6069)  idle\r\n",
        ),
    ] {
        let (_lab, device) = lab(state).await;
        let mut console = Console::greeted(&device, 80, 24, "admin").await;
        let banner = console.until("r1# ").await;
        assert_eq!(banner.matches('#').count(), 1, "{banner}");
        assert_eq!(console.ask("show version").await, version);
        assert_eq!(console.ask("show software-status status").await, "software-status status idle\r\n");
        console.send("exit\n").await;
        console.ended().await;
        assert_eq!(
            journal(&device, "shell"),
            ["operational: show version", "operational: show software-status status", "operational: exit"]
        );
        assert_eq!(journal(&device, "auth"), ["password admin accepted, factory password"]);
    }
}

#[tokio::test]
async fn wrong_logins_are_refused_and_keyboard_interactive_is_taken() {
    let (_lab, device) = lab(json!({"password": "standard"})).await;
    assert!(!admits(&device, "admin").await);
    let mut handle = connect(&device).await.unwrap();
    let asked = handle.authenticate_keyboard_interactive_start("admin", None).await.unwrap();
    assert!(matches!(asked, russh::client::KeyboardInteractiveAuthResponse::InfoRequest { .. }));
    let done = handle.authenticate_keyboard_interactive_respond(vec!["standard".to_owned()]).await.unwrap();
    assert!(matches!(done, russh::client::KeyboardInteractiveAuthResponse::Success));
    assert_eq!(
        journal(&device, "auth"),
        ["password admin refused, factory password", "keyboard-interactive admin accepted"]
    );
    fault(&device, json!({"kind": "auth"}));
    assert!(!admits(&device, "standard").await);
}

#[tokio::test]
async fn long_answers_come_in_pages_until_that_is_switched_off() {
    let (_lab, device) = lab(json!({"family": "6"})).await;
    for spelling in ["paginate false", "set paginate false"] {
        let mut console = Console::sized(&device, 80, 11, "admin").await;
        console.send("show running-config\n").await;
        let first = console.until(" --More-- ").await;
        assert_eq!(first.matches("\r\n").count(), 1 + 10, "the echo's and ten lines: {first}");
        console.send(" ").await;
        let second = console.until(" --More-- ").await;
        assert_eq!(second.matches("\r\n").count(), 10, "{second}");
        console.send("\n").await;
        let line = console.until(" --More-- ").await;
        assert_eq!(line.matches("\r\n").count(), 1, "{line}");
        console.send("q").await;
        console.until("r1# ").await;
        assert!(!console.ask("show running-config | nomore").await.contains("More"));
        assert_eq!(console.ask(spelling).await, "");
        assert_eq!(console.ask("set complete-on-space false").await, "");
        assert!(!console.ask("show running-config").await.contains("More"));
    }
    turn(&device, json!({"pager": "always"}));
    let mut console = Console::sized(&device, 80, 11, "admin").await;
    console.ask("paginate false").await;
    console.send("show running-config\n").await;
    console.until(" --More-- ").await;
    turn(&device, json!({"pager": false}));
    let mut console = Console::sized(&device, 80, 11, "admin").await;
    assert!(!console.ask("show running-config").await.contains("More"));
}

#[tokio::test]
async fn a_commit_changes_what_is_shown_and_nothing_before() {
    let (_lab, device) = lab(json!({"stp": "up"})).await;
    let mut console = Console::open(&device).await;
    assert_eq!(console.config("config terminal").await, "Entering configuration mode terminal\r\n");
    assert_eq!(console.config("spanning-tree administrative-status down").await, "");
    assert_eq!(device.text("stp", ""), "up");
    assert_eq!(console.config("commit").await, "Commit complete.\r\n");
    assert_eq!(device.text("stp", ""), "down");
    assert_eq!(console.config("commit").await, "% No modifications to commit.\r\n");
    let carrier = "r1(config-interface-Carrier1/1)# ";
    assert_eq!(console.ask_until("interface Carrier1/1", carrier).await, "");
    assert_eq!(console.ask_until("tx-frequency 99", carrier).await, "");
    assert_eq!(
        console.ask_until("commit", carrier).await,
        "Aborted: 'interface Carrier1/1 tx-frequency': frequency outside the range of the fitted RF module\r\n"
    );
    assert_eq!(console.ask("abort").await, "");
    // Single words, flags, quotes, values of several words; shown at once in configuration mode, and after the commit.
    console.config("config").await;
    console.ask_until("interface Carrier1/1", carrier).await;
    for line in ["tx-frequency 11305000", "tx-mute", "description \"north side\"", "bandwidth ANSI 40.0"] {
        assert_eq!(console.ask_until(line, carrier).await, "");
    }
    let shown = "interface Carrier1/1\r\n enabled\r\n description \"north side\"\r\n bandwidth ANSI 40.0\r\n \
                 tx-frequency 11305000\r\n rx-frequency 11465000\r\n coding-modulation adaptive min qpsk max qam-4096\r\n \
                 power atpc selected-min-output-power 11.5 selected-max-output-power 24.0 fade-margin 10.0\r\n \
                 tx-mute\r\nexit\r\n";
    assert_eq!(console.ask_until("show full-configuration interface Carrier1/1", carrier).await, shown);
    assert!(!console.ask_until("do show running-config interface Carrier1/1", carrier).await.contains("40.0"));
    // From a section straight to a line that stands at the top.
    assert_eq!(console.ask_until("snmp community other", carrier).await, "");
    assert_eq!(console.ask_until("commit", carrier).await, "Commit complete.\r\n");
    assert_eq!(console.config("exit").await, "");
    assert_eq!(console.ask("exit").await, "");
    assert_eq!(console.ask("show running-config interface Carrier1/1").await, shown);
    assert_eq!(device.text("snmp_community", ""), "other");
    let carriers = console.ask("show radio-carrier status").await;
    let wanted = " bandwidth          40.000 MHz\r\n current-tx-power   22.4 dBm\r\n tx-frequency       11305000 kHz\r\n \
                  rx-frequency       11465000 kHz\r\n";
    assert!(carriers.contains(wanted), "{carriers}");
    let entered: Vec<String> = journal(&device, "shell").into_iter().filter(|line| line.contains("tx-mute")).collect();
    assert_eq!(entered, ["config-interface-Carrier1/1: tx-mute"]);
}

#[tokio::test]
async fn changes_that_are_not_committed_are_asked_about() {
    let (_lab, device) = lab(json!({})).await;
    let mut console = Console::open(&device).await;
    let question = "Uncommitted changes found, commit them? [yes/no/CANCEL] ";
    for (answer, prompt, community) in
        [("", "r1(config)# ", "public"), ("no", "r1# ", "public"), ("yes", "r1# ", "changed")]
    {
        console.config("config").await;
        console.config("snmp community changed").await;
        console.ask_until("exit", question).await;
        console.ask_until(answer, prompt).await;
        assert_eq!(device.text("snmp_community", ""), community);
        if answer.is_empty() {
            assert_eq!(console.config("rollback").await, "");
            assert_eq!(console.ask("end").await, "");
        }
    }
    // In operational mode the same word ends the session.
    console.send("exit\n").await;
    console.ended().await;
}

#[tokio::test]
async fn errors_point_at_the_word() {
    let (_lab, device) = lab(json!({})).await;
    let mut console = Console::open(&device).await;
    let cases = [
        ("show sofware-status", 4 + 5, "unknown element"),
        ("show software status", 4 + 5, "unknown element"),
        ("sohw version", 4, "unknown command"),
        ("show", 4 + 4, "incomplete path"),
        ("show running-config partner-device", 4 + 20, "unknown element"),
        ("software load uri", 4 + 17, "incomplete path"),
        ("software load uri http://127.0.0.1/x force activation-time 25:00", 4 + 59, "unknown argument"),
        ("show uptime", 4 + 5, "unknown element"),
        ("show system uptime", 4 + 5, "unknown element"),
        ("configure terminall", 4 + 10, "unknown argument"),
    ];
    for (line, column, text) in cases {
        let wanted = format!("{}^\r\nsyntax error: {text}\r\n", "-".repeat(column));
        assert_eq!(console.ask(line).await, wanted, "{line}");
    }
    console.config("config").await;
    for (line, column, text) in [
        ("config", 12, "unknown element"),
        ("interface", 12 + 9, "incomplete path"),
        ("spanning-tree bridge-priority high", 12 + 30, "unknown argument"),
        ("qos-default-policy ExternalBufferSize", 12, "unknown element"),
    ] {
        let wanted = format!("{}^\r\nsyntax error: {text}\r\n", "-".repeat(column));
        assert_eq!(console.config(line).await, wanted, "{line}");
    }
    let list = "The value must be one of: down, up\r\n";
    assert_eq!(console.config("spanning-tree administrative-status off").await, list);
    let question = "Value for 'administrative-status' [down,up]: ";
    assert_eq!(console.ask_until("spanning-tree administrative-status", question).await, "");
    assert_eq!(console.config("sideways").await, list);
    // Wide echoes are broken at the terminal's width.
    let mut narrow = Console::sized(&device, 20, 24, "admin").await;
    narrow.send("show running-config snmp\n").await;
    narrow.until("show running-con\r\nfig snmp\r\nsnmp v2c-only\r\nsnmp community public\r\nr1# ").await;
}

#[tokio::test]
async fn passwords_are_changed_masked_and_never_noted() {
    let (_lab, device) = lab(json!({})).await;
    let mut console = Console::open(&device).await;
    let steps = |knob: &str| {
        turn(&device, json!({"change_password": knob}));
    };
    for (knob, old, new, again, verdict) in [
        ("refused", "admin", "next-one", "next-one", "Error: the new password does not meet the password rules"),
        ("locked", "admin", "next-one", "next-one", "Error: the account is locked"),
        ("ok", "wrong", "next-one", "next-one", "Error: invalid current password"),
        ("ok", "admin", "next-one", "other", "Error: the passwords do not match"),
        ("ok", "admin", "next-one", "next-one", "Password changed successfully."),
    ] {
        steps(knob);
        assert_eq!(console.ask_until("change-password", "Enter current password: ").await, "");
        console.send(&format!("{old}\n")).await;
        let masked = "*".repeat(old.len());
        console.until(&format!("{masked}\r\nEnter new password: ")).await;
        console.send(&format!("{new}\n")).await;
        console.until("\r\nConfirm new password: ").await;
        console.send(&format!("{again}\n")).await;
        console.until(&format!("\r\n{verdict}\r\nr1# ")).await;
    }
    assert!(!admits(&device, "admin").await);
    assert!(admits(&device, "next-one").await);
    assert!(!journal(&device, "shell").iter().any(|line| line.contains("next-one")));
    // The other way: in configuration mode.
    console.config("config").await;
    console.ask_until("user admin password", "(<string>): ").await;
    console.send("third-one\n").await;
    console.until("*********\r\nr1(config)# ").await;
    assert_eq!(
        console.config("commit").await,
        "Aborted: 'user admin password': please use the change-password command to change your own password\r\n"
    );
    turn(&device, json!({"self_password": "accepted"}));
    assert_eq!(console.config("commit").await, "Commit complete.\r\n");
    assert!(admits(&device, "third-one").await);
    turn(&device, json!({"change_password": "no-current"}));
    console.ask("end").await;
    console.ask_until("change-password", "Enter new password: ").await;
}
