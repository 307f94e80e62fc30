//! RouterOS: the scenarios of spec/mikrotik-nokia.md 6.1 against the simulator, its journal as the witness.
//!
//! | left out | why |
//! | --- | --- |
//! | M02 with a client window of 128 KB | the transport never advertises less than 16 MiB; the same is shown with an export that is larger than that |
//! | M02 second path by `/export file=` and SFTP | the console is our second path; SFTP is not built |
//! | M17 with its own 45 s and 200 s | the same with the simulator's clock run 30 times as fast |
//! | M20 | needs no device: `parse::recordings` in the library's tests |
//! | 20 seeds of fragmentation | the simulator cuts packets at chosen characters, not at random; six cuts that hurt are run instead |
//! | "last good copy kept" | the archive's; here: nothing partial is returned |

mod bench;
mod console;
mod export;
mod golden;
mod login;
