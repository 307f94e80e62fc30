//! Server-sent events, the little of it that the client needs.

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Event {
    /// `id:`.
    pub id: Option<String>,
    /// `event:`; `message` if absent.
    pub name: String,
    /// `data:` lines, joined.
    pub data: String,
}

/// Cuts a stream of bytes into events.
#[derive(Debug, Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// Adds bytes; gives the events that are complete now.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.buffer.extend(bytes.iter().filter(|byte| **byte != b'\r'));
        let mut events = Vec::new();
        while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
            events.extend(parse(&String::from_utf8_lossy(&block)));
        }
        events
    }
}

fn parse(block: &str) -> Option<Event> {
    let mut event = Event { name: "message".to_owned(), ..Event::default() };
    let mut lines = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => event.id = Some(value.to_owned()),
            "event" => event.name = value.to_owned(),
            "data" => lines.push(value),
            _ => {}
        }
    }
    event.data = lines.join("\n");
    (!lines.is_empty()).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_however_the_stream_is_cut() {
        let stream = b": keep-alive\n\nid: 7\nevent: state\ndata: {\"a\":1}\n\nid: 8\r\ndata: x\r\ndata: y\r\n\r\n";
        for cut in 1..stream.len() {
            let mut reader = Reader::default();
            let mut events = Vec::new();
            for part in stream.chunks(cut) {
                events.extend(reader.feed(part));
            }
            assert_eq!(events.len(), 2, "cut at {cut}");
            assert_eq!((events[0].id.as_deref(), events[0].name.as_str()), (Some("7"), "state"));
            assert_eq!(events[1].data, "x\ny");
        }
    }
}
