//! What of a prompt outlives the page, as on a host to which one logs in again: files, images, variables, aliases and
//! history. What ran there ends: containers, functions, what was begun.

use super::arrays::Elements;
use super::aws::Generation;
use super::docker::Docker;
use super::files::Files;
use super::terminal::{HOME, MOST_LINES, Terminal, Variable};
use crate::aws::object::object;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// So many bytes of files, and so many of images, are kept: the browser's store has to hold the lab as well. The smallest
/// files and the newest images go before others.
pub(super) const ROOM: usize = 512 * 1024;

impl Terminal {
    /// The prompt as a text to keep, with the copies of the lab as [`Terminal::copies`] tells them.
    pub fn kept(&self, copies: Option<&str>) -> String {
        let variables = self.variables.iter().map(|(name, own)| (name.clone(), variable(own))).collect();
        let aliases = self.state.aliases.iter().map(|(name, text)| (name.clone(), text.as_str().into())).collect();
        let host = object!({
            "generation": if self.generation == Generation::V1 { 1 } else { 2 },
            "directory": self.directory.as_str(),
            "drawn": self.drawn,
            "history": self.history.clone(),
            "variables": Value::Object(variables),
            "aliases": Value::Object(aliases),
            "files": self.files.kept(),
            "docker": self.docker.kept(),
        });
        match copies.and_then(|text| text.strip_suffix('}')) {
            Some(open) => format!("{open},\"host\":{host}}}"),
            None => format!("{{\"host\":{host}}}"),
        }
    }

    /// Takes such a text; false where it says nothing of a prompt. What cannot be read is left out.
    pub fn take_kept(&mut self, text: &str) -> bool {
        let Ok(kept) = serde_json::from_str::<Value>(text) else { return false };
        self.take_copies(&kept);
        let host = &kept["host"];
        let Some(files) = Files::of_kept(&host["files"]) else { return false };
        self.files = files;
        if host["generation"] == 1 {
            self.generation = Generation::V1;
        }
        let directory = host["directory"].as_str().filter(|own| self.files.is_directory(own)).map(ToString::to_string);
        self.directory = directory.unwrap_or_else(|| HOME.to_string());
        self.drawn = host["drawn"].as_u64().and_then(|own| u32::try_from(own).ok()).unwrap_or_default();
        self.history = texts(&host["history"]);
        self.history.truncate(MOST_LINES);
        let variables = host["variables"].as_object().into_iter().flatten();
        self.variables = variables.map(|(name, own)| (name.clone(), read_variable(own))).collect();
        let aliases = host["aliases"].as_object().into_iter().flatten();
        self.state.aliases =
            aliases.filter_map(|(name, own)| Some((name.clone(), own.as_str()?.to_string()))).collect();
        self.docker = Docker::of_kept(&host["docker"]);
        true
    }
}

pub(super) fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|own| Some(own.as_str()?.to_string())).collect()
}

fn variable(own: &Variable) -> Value {
    let mut kept = object!({ "value": own.value.as_str(), "exported": own.exported });
    if let Some(array) = &own.array {
        kept["named"] = array.is_named().into();
        kept["items"] =
            array.pairs().map(|(at, value)| Value::Array(alloc::vec![at.into(), value.as_str().into()])).collect();
    }
    kept
}

fn read_variable(kept: &Value) -> Variable {
    let items = kept["items"].as_array().map(|items| {
        let pairs = items.iter().filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)));
        Rc::new(Elements::of_pairs(kept["named"] == true, pairs))
    });
    let value = kept["value"].as_str().unwrap_or_default().to_string();
    Variable { value, exported: kept["exported"] == true, array: items }
}

/// What is small enough of things with their sizes.
pub(super) fn within<T>(all: impl Iterator<Item = (usize, T)>) -> impl Iterator<Item = T> {
    let mut room = ROOM;
    all.map_while(move |(size, own)| {
        room = room.checked_sub(size)?;
        Some(own)
    })
}

/// Moments by names.
pub(super) fn moments(all: &Map<String, SimTime>) -> Value {
    Value::Object(all.iter().map(|(name, at)| (name.clone(), at.as_millis().into())).collect())
}

pub(super) fn moment(kept: &Value) -> SimTime {
    SimTime::from_millis(kept.as_i64().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Lab, Start};
    use std::prelude::v1::*;

    fn run(terminal: &mut Terminal, lab: &mut Lab, line: &str) -> String {
        let output = terminal.run(lab, line);
        output.stdout + &output.stderr
    }

    #[test]
    fn what_a_host_holds_is_there_again() {
        let mut lab = Lab::new(Start::default());
        let mut terminal = Terminal::of(&lab, Generation::V1);
        for line in [
            "mkdir -p work/deep; cd work; echo 'a \"text\" ü' > file; chmod 700 file",
            "export A=1; B='two words'; list=(x 'y z'); list[7]=last; declare -A map=([k]=v [\"a b\"]=c); alias ll='ls -l'",
            "docker build -q -t one ../demo > /dev/null; docker pull -q nginx:1.29 > /dev/null; docker tag one two:v1",
            "docker run --rm -v data:/data busybox sh -c 'echo kept > /data/file'",
            "aws ecr create-repository --repository-name app --query repository.repositoryName > /dev/null",
            "lab fork other",
        ] {
            run(&mut terminal, &mut lab, line);
        }
        let text = terminal.kept(terminal.copies().as_deref());
        let mut again = Terminal::of(&lab, Generation::V2);
        assert!(again.take_kept(&text));
        for line in [
            "pwd; cat file; ls -l; ls -a ~; cat ~/.aws/config",
            "env | sort; echo \"$A $B\"; declare -p list map; ll",
            "docker images --digests; docker volume ls; aws --version; history; docker run --rm -v data:/data busybox cat /data/file",
            "docker push two:v1; docker inspect one; lab fork",
        ] {
            let mut copy = lab.clone();
            assert_eq!(run(&mut again, &mut copy, line), run(&mut terminal, &mut lab.clone(), line), "{line}");
        }
        assert_eq!(again.copy_names(), terminal.copy_names());
    }

    #[test]
    fn what_is_no_such_text_changes_nothing_and_what_is_broken_is_left_out() {
        for text in
            ["", "{", "[]", "{\"host\":null}", "{\"host\":{\"files\":3}}", "{\"host\":{\"files\":{\"texts\":{}}}}"]
        {
            let mut terminal = Terminal::new(Generation::V2);
            assert!(!terminal.take_kept(text), "{text}");
            assert!(terminal.file("taskdef.json").is_some(), "{text}");
        }
        let broken = r#"{"host":{"directory":"/no","drawn":-1,"history":[1,"ls"],"aliases":{"a":3},
            "variables":{"V":5,"L":{"items":[["x"],["0","y"],["9999999999999999999","z"]]}},
            "files":{"texts":{"/a":[0,"b"],"/c":7},"folders":{"/d":"x"},"modes":{"/a":99999}},
            "docker":{"images":{"one":{"made":0}},"pulls":["x"],"volumes":[]}}}"#;
        let mut terminal = Terminal::new(Generation::V2);
        assert!(terminal.take_kept(broken));
        let mut lab = Lab::new(Start::default());
        let all =
            run(&mut terminal, &mut lab, "pwd; cat /a; ls /; docker images -q; echo ${L[@]}; history | head -n 1");
        assert_eq!(all, "/home/ec2-user\nba  d\ny\n    1  ls\n");
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut terminal = Terminal::new(Generation::V2);
        for name in 0..20 {
            terminal.write(&format!("large{name}"), "x".repeat(100_000)).unwrap();
        }
        let text = terminal.kept(None);
        assert!((400_000..2 * ROOM).contains(&text.len()), "{}", text.len());
        assert!(text.contains("taskdef.json"), "the small ones first");
    }
}
