//! The console: suffix, probes, dialogues, log lines, pager, questions.

use serde_json::json;

use crate::support::*;

const WIDE: &str = "admin+ct511w4098h";

/// The tail after a command on v7.
fn tail(prompt: &str) -> String {
    format!("\r\n\r\r\r\x1b[9999B{prompt}\r\n\r\r\r\r\x1b[9999B{prompt}")
}

#[tokio::test]
async fn v6_repaints_the_line_for_each_character() {
    let (_lab, device) = lab(json!({"version": "6.49.17", "identity": "TWR-KETTLE-1"})).await;
    let mut console = Console::open(&login(&device, WIDE).await, 511, 4098).await;
    let prompt = "[admin@TWR-KETTLE-1] > ";
    let blanks = " ".repeat(511 - prompt.len());
    let banner = console.until(&format!("\r\r\r\r{prompt}{blanks}\r{prompt}")).await;
    assert!(banner.contains("  MikroTik RouterOS 6.49.17 (c) 1999-2024       http://www.mikrotik.com/\r\n"));
    console.send("/system identity print\r").await;
    let blanks = " ".repeat(511 - prompt.len() - 2);
    console.until(&format!("\r\r{prompt}/s{blanks}\x1b[K\r{prompt}/s")).await;
    console.until(&format!("\r{prompt}/system identity print\r\n\r  name: TWR-KETTLE-1\r\n\r\n\r\r\r\r{prompt}")).await;
    console.send("/quit\r").await;
    console.until("interrupted\r\n").await;
    assert!(drain(&mut console.channel).await.closed);
    assert_eq!(journal(&device, "shell"), ["/system identity print", "/quit"]);
}

#[tokio::test]
async fn prompts_of_all_shapes_answer_each_command_once() {
    let (_lab, device) = lab(json!({})).await;
    let long = "x".repeat(60);
    for identity in ["Tower 5 / North", "a]b>c", "O'Brien", long.as_str(), "Ñorte"] {
        device.merge(json!({ "identity": identity }).as_object().unwrap().clone());
        let prompt = format!("[admin@{identity}] > ");
        let mut console = Console::open(&login(&device, WIDE).await, 511, 4098).await;
        console.until(&tail(&prompt)).await;
        for word in ["one", "two", "three"] {
            console.send(&format!(":put {word}\r")).await;
            assert_eq!(console.until(&tail(&prompt)).await, format!(":put {word}\r\n{word}\r\n{}", tail(&prompt)));
        }
    }
}

#[tokio::test]
async fn without_the_suffix_the_prompt_waits_for_the_probes() {
    let (_lab, device) = lab(json!({"version": "7.21.1", "colour": false})).await;
    let mut console = Console::open(&login(&device, "admin").await, 80, 24).await;
    let steps = [
        ("\x1b[H\x1b[9999B\x1bZ\x1b[6n", "\x1b[?1;0c\x1b[24;1R"),
        ("\x1b[H\x1b[9999B\x1bD\x1b[9999A\x1b[6n", "\x1b[1;1R"),
        ("\x1b[H\x1b[9999C\x1b[6n", "\x1b[1;200R"),
    ];
    for (probe, answer) in steps {
        assert_eq!(console.until(probe).await, probe);
        console.send(answer).await;
    }
    console.until("\x1b[6n").await;
    console.send("\x1b[1;2R").await;
    let seen = console.until("[admin@r1] > ").await;
    assert!(seen.contains("Press F1 for help\r\n"));
}

#[tokio::test]
async fn unanswered_probes_leave_a_terminal_of_one_column() {
    let (lab, device) = lab(json!({})).await;
    lab.clock().set_rate(100.0);
    let before = device.clock.seconds();
    let mut console = Console::open(&login(&device, "admin").await, 80, 24).await;
    console.until("M\r\ni\r\nk\r\nr\r\no\r\nT\r\ni\r\nk").await;
    assert!(device.clock.seconds() - before >= 5.0);
}

#[tokio::test]
async fn dialogues_wait_for_their_answers() {
    let state = json!({
        "licence_question": true, "demo_page": true, "password_nag": true,
        "banner": "Call the NOC [24/7] > before you touch this",
    });
    let (_lab, device) = lab(state).await;
    let mut console = Console::open(&login(&device, WIDE).await, 511, 4098).await;
    console.until("Do you want to see the software license? [Y/n]: ").await;
    console.send("n").await;
    console.until("[24/7] > before").await;
    console.until("Please press \"Enter\" to continue!").await;
    console.send("\r").await;
    console.until("Change your password (Ctrl-C to skip)\r\n\r\nnew password> ").await;
    console.send("\x03").await;
    console.until(&tail("[admin@r1] > ")).await;
    assert_eq!(journal(&device, "shell"), ["licence question: n", "demo page: enter", "password nag: ctrl-c"]);
    assert_eq!(device.text("password", "sim"), "sim");
}

#[tokio::test]
async fn log_lines_burst_in_at_login_while_idle_and_in_the_middle() {
    let text = "login failure for user root from 198.51.100.9 via api";
    let (_lab, device) = lab(json!({"log_line": text, "log_line_at": "login"})).await;
    let prompt = "[admin@r1] > ";
    let mut console = Console::open(&login(&device, WIDE).await, 511, 4098).await;
    let seen = console.until(&tail(prompt)).await;
    assert!(seen.contains(&format!(" system,error,critical {text}\r\n")) && !seen.contains("echo:"), "{seen}");
    // Turned on while it waits at the prompt.
    device.merge(json!({"log_line_at": "idle"}).as_object().unwrap().clone());
    let seen = console.until(&format!("\x1b[K\r\n\r\x1b[9999B{prompt}")).await;
    assert!(seen.contains(&format!(" echo: system,error,critical {text}")), "{seen}");
    device.merge(json!({"log_line_at": "mid"}).as_object().unwrap().clone());
    console.send("/system resource print\r").await;
    let seen = console.until(&tail(prompt)).await;
    assert_eq!(seen.matches("echo: system,error,critical").count(), 1, "{seen}");
    assert!(seen.contains("  version: 7.16 (stable)\r\n") && seen.contains("platform: MikroTik\r\n"));
}

#[tokio::test]
async fn print_pages_by_height_and_export_never() {
    let (_lab, device) = lab(json!({"routes": 40, "export_bytes": 20_000})).await;
    let mut console = Console::open(&login(&device, "admin+ct200w24h").await, 200, 24).await;
    let prompt = "[admin@r1] > ";
    console.until(&tail(prompt)).await;
    console.send("/ip route print\r").await;
    let footer = "\x1b[7m-- [Q quit|D dump|down]\x1b[0m\r";
    let first = console.until(footer).await;
    assert_eq!(first.matches("\r\n").count(), 1 + 23, "the echo's and 23 lines: {first}");
    console.send(" ").await;
    let second = console.until(&tail(prompt)).await;
    // 3 lines of head and 40 routes are 43, so 20 are left, behind the wiped footer.
    let (wiped, rest) = second.split_at(26);
    assert_eq!(wiped, format!("\r{}\r", " ".repeat(24)));
    assert_eq!(rest.trim_end_matches(&tail(prompt)).matches("\r\n").count(), 20, "{rest}");
    console.send("/ip route print\r").await;
    console.until(footer).await;
    console.send("q").await;
    assert_eq!(console.until(&tail(prompt)).await, format!("\r{}\r{}", " ".repeat(24), tail(prompt)));
    for line in ["/ip route print without-paging\r", "/export terse\r"] {
        console.send(line).await;
        assert!(!console.until(&tail(prompt)).await.contains("Q quit"));
    }
}

#[tokio::test]
async fn a_missing_argument_is_asked_for_and_ctrl_c_gives_up() {
    let (_lab, device) = lab(json!({"argument_question": "/ip address print"})).await;
    let mut console = Console::open(&login(&device, WIDE).await, 511, 4098).await;
    let prompt = "[admin@r1] > ";
    console.until(&tail(prompt)).await;
    for line in ["/interface set\r", "/ip address print\r"] {
        console.send(line).await;
        console.until("\r\nnumbers: ").await;
        console.send("\x03").await;
        console.until(&tail(prompt)).await;
    }
    console.send(":put still\r").await;
    console.until("\r\nstill\r\n").await;
}

#[tokio::test]
async fn menus_show_in_the_prompt() {
    let (_lab, device) = lab(json!({})).await;
    let mut console = Console::open(&login(&device, WIDE).await, 511, 4098).await;
    console.until(&tail("[admin@r1] > ")).await;
    console.send("/ip/address\r").await;
    console.until(&tail("[admin@r1] /ip/address> ")).await;
    console.send("print terse\r").await;
    console.until(" 0   address=100.64.7.1/24 ").await;
    console.send("/\r").await;
    console.until(&tail("[admin@r1] > ")).await;
}

#[tokio::test]
async fn an_export_can_be_incomplete_and_pause() {
    let state = json!({
        "version": "6.47.10", "export_append": ["#error exporting /ip socks", "#interrupted"],
        "pause_ms": 45_000, "pause_after_bytes": 1000,
    });
    let (lab, device) = lab(state).await;
    lab.clock().set_rate(500.0);
    let mut console = Console::open(&login(&device, WIDE).await, 511, 4098).await;
    console.until("[admin@r1] > ").await;
    console.send("/export\r").await;
    let before = device.clock.seconds();
    console.until("#error exporting /ip socks\r\n#interrupted\r\n\r\n\r\r\r\r[admin@r1] > ").await;
    assert!(device.clock.seconds() - before >= 45.0);
}
