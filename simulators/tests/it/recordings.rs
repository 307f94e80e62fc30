//! The export renderer held against recorded exports of real routers.

use std::path::PathBuf;

use towerhand_simulators::routeros::wrap::wrap;

/// The exports of the recorded sessions as they came: file name and lines. Empty, saying so, where there are none.
fn exports() -> Vec<(String, Vec<String>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/sessions");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no recordings at {}", folder.display());
        return Vec::new();
    };
    let mut out = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !(name.starts_with("routeros") && name.ends_with("simulation.yaml")) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        // The recorder's own escapes, undone; the text is indented by four.
        let lines = text
            .lines()
            .skip_while(|line| !line.starts_with("  \"/export"))
            .skip(1)
            .take_while(|line| line.is_empty() || line.starts_with("    "))
            .map(|line| line.get(4..).unwrap_or("").replace("\\x20", " ").replace("\\\"", "\"").replace("\\\\", "\\"))
            .collect();
        out.push((name, lines));
    }
    out
}

#[test]
fn wrapping_gives_the_recorded_lines() {
    let (mut commands, mut same, mut others) = (0, 0, Vec::new());
    for (name, lines) in exports() {
        let mut recorded: Vec<String> = Vec::new();
        for line in lines {
            let command = line.starts_with("add ") || line.starts_with("set ");
            if recorded.is_empty() && !command {
                continue;
            }
            let last = !line.ends_with('\\');
            recorded.push(line);
            if last {
                let whole = recorded.join("\n");
                let joined = whole.replace("\\\n    ", "");
                commands += 1;
                if wrap(&joined) == whole {
                    same += 1;
                } else {
                    others.push(format!("{name}: {whole}\n--- ours:\n{}", wrap(&joined)));
                }
                recorded.clear();
            }
        }
    }
    // Whoever published the sessions shortened addresses and names after they were wrapped; those lines cannot fit.
    assert!(same * 100 >= commands * 95, "{same} of {commands} alike; not:\n{}", others.join("\n"));
}

#[test]
fn headers_have_the_recorded_shape() {
    for (name, lines) in exports() {
        assert!(lines[0].starts_with("# 20") && lines[0].contains(" by RouterOS 7."), "{name}: {}", lines[0]);
        assert!(lines[1].starts_with("# software id = "), "{name}");
        assert_eq!(lines[2], "#", "{name}");
    }
}
