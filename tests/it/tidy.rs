//! The rules of the house that the compiler does not hold, checked on the source as text.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up; a room imports only what stands before it. Those in one row are neighbours.
const ROOMS: [&[&str]; 9] =
    [&["sim"], &["aws"], &["placement", "scaling"], &["event"], &SERVICES, &["lab"], &["shell"], &["quiz"], &["fuzz"]];

/// These read each other; a room writes only itself, which visibility sees to.
const SERVICES: [&str; 15] = [
    "applicationautoscaling",
    "autoscaling",
    "cloudwatch",
    "codedeploy",
    "ec2",
    "ecr",
    "ecs",
    "elb",
    "events",
    "iam",
    "logs",
    "rooms",
    "s3",
    "secretsmanager",
    "servicediscovery",
];

/// What the browser's interfaces are called.
const BROWSER: [&str; 5] = ["gloo", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "web_sys"];

#[test]
fn no_file_is_longer_than_500_lines() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 500, "{path} has {lines} lines");
    }
}

#[test]
fn rooms_import_only_to_the_left() {
    let mut rooms = 0;
    for (path, text) in sources() {
        let Some(room) = room(&path) else { continue };
        let Some(own) = row(room) else { panic!("{path}: `{room}` has no place in the order of rooms") };
        rooms += 1;
        let code = code(&text);
        for (number, other) in named(&code, "crate::") {
            let Some(theirs) = row(other) else { continue };
            let allowed = theirs < own || other == room || (theirs == own && SERVICES.contains(&room));
            assert!(allowed, "{path}:{number}: `{room}` must not import `{other}`");
        }
        // A chain that climbs to the top of the crate would name other rooms past the check above.
        for (number, other) in named(&code, &"super::".repeat(depth(&path))) {
            assert_eq!(row(other), None, "{path}:{number}: name another room by `crate::`");
        }
    }
    assert!(rooms > 5, "the rooms were not found");
}

#[test]
fn browser_names_stand_only_in_the_ports_of_the_page() {
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("src/")) {
        if path.starts_with("src/app/port/") || path == "src/app/port.rs" {
            continue;
        }
        let page = path.starts_with("src/app/");
        let code = code(&text);
        for (number, line) in code.lines().enumerate() {
            for name in BROWSER.iter().filter(|name| words(line).any(|word| word == **name)) {
                assert!(page && *name == "web_sys", "{path}:{}: `{name}` belongs in src/app/port", number + 1);
            }
        }
        // The page names types of events and elements where it handles them.
        for (number, name) in named(&code, "web_sys::") {
            let fine = ["Element", "Event", "EventTarget", "Node"].iter().any(|kind| name.ends_with(kind));
            assert!(fine, "{path}:{number}: `web_sys::{name}` belongs in src/app/port");
        }
    }
}

#[test]
fn the_standard_library_is_asked_for_only_by_tests() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    assert!(lib.contains("#![no_std]"));
    let asked = lib.matches("extern crate std").count();
    assert_eq!(
        asked,
        lib.matches("#[cfg(test)]\nextern crate std;").count(),
        "src/lib.rs asks for std outside of tests"
    );
    for (path, text) in sources().into_iter().filter(|(path, _)| room(path).is_some()) {
        assert!(!code(&text).contains("extern crate std"), "{path}: only src/lib.rs may, for its tests");
    }
}

#[test]
fn nothing_is_left_for_later_or_tied_to_one_machine() {
    // Put together here, so that this file does not hold what it looks for.
    let later = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"]].map(|parts| parts.concat());
    let macros = [["to", "do!("], ["unimple", "mented!("], ["db", "g!("]].map(|parts| parts.concat());
    let folders = ["work", "root", "Users", "home"].map(|folder| format!("/{folder}/"));
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            let number = number + 1;
            let found = words(line).find(|word| later.iter().any(|mark| mark == word));
            assert_eq!(found, None, "{path}:{number}");
            assert!(!macros.iter().any(|name| line.contains(name.as_str())), "{path}:{number}: {line}");
            let line = line.replace("/home/ec2-user", "");
            let path_of = folders.iter().find(|folder| line.contains(folder.as_str()));
            assert_eq!(path_of, None, "{path}:{number}: a path of one machine");
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files, as path below the project and text.
pub fn sources() -> Vec<(String, String)> {
    let sources: Vec<_> = texts().into_iter().filter(|(path, _)| path.ends_with(".rs")).collect();
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

/// All files that people write in a language of programs or prose.
fn texts() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for start in ["src", "static", "tests", ".cargo", ".ci", "README.md", "Cargo.toml", "Trunk.toml"] {
        walk(&root().join(start), &mut found);
    }
    found
}

fn walk(path: &Path, found: &mut Vec<(String, String)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            walk(&entry.unwrap().path(), found);
        }
        return;
    }
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    if ["rs", "toml", "html", "css", "js", "md", ""].contains(&end) && path.is_file() {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        found.push((name, fs::read_to_string(path).unwrap()));
    }
}

/// The room that a file stands in; the page and the programs are no rooms.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let first = inside.split('/').next()?.trim_end_matches(".rs");
    (!["app", "bin", "main", "lib"].contains(&first)).then_some(first)
}

fn row(room: &str) -> Option<usize> {
    ROOMS.iter().position(|rooms| rooms.contains(&room))
}

/// The code, with its comments blank: they may name any room.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| if line.trim_start().starts_with("//") { "\n".into() } else { format!("{line}\n") })
        .collect()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The names that follow a start such as `crate::`, one or a list in braces, with their lines.
fn named<'a>(code: &'a str, start: &str) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    for (at, start) in code.match_indices(start) {
        let number = code[..at].lines().count().max(1);
        let rest = &code[at + start.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.extend(words(rest).next().map(|name| (number, name)));
            continue;
        };
        let (mut depth, mut from) = (0, 0);
        for (index, c) in list.char_indices() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if depth < 0 || (c == ',' && depth == 0) {
                let name = words(list[from..index].trim_start()).next();
                found.extend(name.filter(|name| !name.is_empty()).map(|name| (number, name)));
                from = index + 1;
            }
            if depth < 0 {
                break;
            }
        }
    }
    found
}

/// How deep below the crate a file's module stands.
fn depth(path: &str) -> usize {
    path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod").split('/').count()
}

#[test]
fn the_checks_see_what_they_look_for() {
    let text = "// crate::quiz\nuse crate::sim::{SimTime, SimDuration};\nuse crate::{\n    aws::ApiError,\n    \
                lab::{World, Lab},\n};\nlet x = crate::ecs::call(crate::event::Cx);\n";
    assert_eq!(named(&code(text), "crate::"), [(2, "sim"), (3, "aws"), (3, "lab"), (7, "ecs"), (7, "event")]);
    assert_eq!((depth("src/aws/mod.rs"), depth("src/aws/error.rs"), depth("src/aws/model/check.rs")), (1, 2, 3));
    assert_eq!(named("use super::super::lab;", &"super::".repeat(2)), [(1, "lab")]);
    assert_eq!(room("src/placement/query/judge.rs"), Some("placement"));
    assert_eq!((room("src/app/mod.rs"), room("src/main.rs")), (None, None));
}
