//! What a console shows before the first prompt.

use super::knobs::Knobs;
use super::router::Router;

/// Logo lines; the shape is what matters, not the picture.
const LOGO: [&str; 6] = [
    "  MMM      MMM       KKK                          TTTTTTTTTTT      KKK",
    "  MMMM    MMMM       KKK                          TTTTTTTTTTT      KKK",
    "  MMM MMMM MMM  III  KKK  KKK  RRRRRR     OOOOOO      TTT     III  KKK  KKK",
    "  MMM  MM  MMM  III  KKKKK     RRR  RRR  OOO  OOO     TTT     III  KKKKK",
    "  MMM      MMM  III  KKK KKK   RRRRRR    OOO  OOO     TTT     III  KKK KKK",
    "  MMM      MMM  III  KKK  KKK  RRR  RRR   OOOOOO      TTT     III  KKK  KKK",
];

/// The page of a router without a licence, up to the question.
pub const DEMO_PAGE: &str = "ROUTER HAS NO SOFTWARE KEY\r\n----------------------------\r\nYou have 21h2m to configure the \
                             router to be remotely accessible,\r\nand to enter the key by pasting it in a Telnet window \
                             or in Winbox.\r\nTurn off the device to stop the timer.\r\n\r\nCurrent installation \
                             \"software ID\": 0000-0000\r\nPlease press \"Enter\" to continue!";

/// The question of a fresh router.
pub const LICENCE_QUESTION: &str = "Do you want to see the software license? [Y/n]: ";

/// What is shown to who says yes.
pub const LICENCE_TEXT: &str = "\r\nThis is a simulated router; its licence is that of the simulator.\r\n";

/// The nag about an empty password, up to its first question.
pub const PASSWORD_NAG: &str = "Change your password (Ctrl-C to skip)\r\n\r\nnew password> ";

/// Logo, version line, help lines, the system note and the last critical log line.
pub fn banner(router: &Router) -> String {
    let knobs = Knobs(&router.device);
    let version = knobs.version();
    let mut out = String::from("\r\r\n");
    for line in LOGO {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.push_str("\r\n");
    if version.is_v6() {
        out.push_str(&format!("  MikroTik RouterOS {version} (c) 1999-2024       http://www.mikrotik.com/\r\n\r\n"));
        out.push_str("[?]             Gives the list of available commands\r\n");
        out.push_str("command [?]     Gives help on the command and list of arguments\r\n\r\n");
        out.push_str("[Tab]           Completes the command/word. If the input is ambiguous,\r\n");
        out.push_str("                a second [Tab] gives possible options\r\n\r\n");
        out.push_str("/               Move up to base level\r\n..              Move up one level\r\n");
        out.push_str("/command        Use command at the base level\r\n");
    } else {
        out.push_str(&format!("  MikroTik RouterOS {version} (c) 1999-2024       https://www.mikrotik.com/\r\n\r\n"));
        out.push_str("Press F1 for help\r\n\r\n");
    }
    for line in router.device.text("banner", "").lines() {
        out.push_str(line);
        out.push_str("\r\n");
    }
    if let Some(text) = knobs.log_line("login") {
        let now = router.now();
        let date = if version.iso_dates() { now.iso() } else { now.slashed() };
        out.push_str(&format!("{date} {} system,error,critical {text}\r\n", now.clock()));
    }
    out.push_str("\r\n");
    out
}

/// A critical log line as it bursts into a console, without the prompt that is painted after it.
pub fn echo(router: &Router, text: &str) -> String {
    let now = router.now();
    if Knobs(&router.device).version().is_v6() {
        format!("\r{} {} system,error,critical {text}\r\n", now.short(), now.clock())
    } else {
        format!("\r{} echo: system,error,critical {text}\x1b[K\r\n", now.clock())
    }
}
