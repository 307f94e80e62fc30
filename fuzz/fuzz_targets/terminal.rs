//! Whatever a device writes to an interactive terminal: no panic, and where the stream is cut makes no difference.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The terminal is private to the SSH transport and needs nothing of it.
#[expect(dead_code, reason = "the target uses a part of the module")]
#[path = "../../src/transport/ssh/terminal.rs"]
mod terminal;

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (cut, bytes) = input;
    let mut whole = terminal::Terminal::new(200, 50);
    whole.feed(&bytes);
    let mut pieces = terminal::Terminal::new(200, 50);
    for piece in bytes.chunks(usize::from(cut).max(1)) {
        pieces.feed(piece);
    }
    assert_eq!(whole.done(), pieces.done());
    assert_eq!(whole.line(), pieces.line());
    assert_eq!(whole.take_answers(), pieces.take_answers());
});
