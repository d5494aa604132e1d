//! `docker history`: the instructions that made an image, the last one first.

use super::show::{ago, columns, found, human, short, unpacked};
use super::{Output, daemon, options, takes, value};
use crate::ecr::configuration::exec_form;
use crate::shell::exec::Shell;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// As many signs of an instruction as are shown.
const WIDTH: usize = 45;

pub(super) fn run(shell: &Shell<'_>, words: &[String]) -> Output {
    let (given, names) = match options("history", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let [name] = names.as_slice() else { return takes("history", "1 argument") };
    let Some((_, local)) = found(shell, name) else {
        let key = super::name::Reference::parse(name).map_or_else(|| name.clone(), |own| own.key());
        return daemon(&format!("No such image: {key}"));
    };
    let document: Value = serde_json::from_str(&local.built.config.bytes).unwrap_or_default();
    let lines = document["history"][0]["created_by"].as_str().unwrap_or_default();
    let mut layers = local.built.layers.iter();
    let whole = value(&given, "--no-trunc").is_some();
    let since = ago(local.made, shell.lab.now());
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (place, line) in lines.lines().enumerate() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let has_layer = place == 0 && !line.starts_with("scratch ") || ["ADD", "COPY", "RUN"].contains(&word);
        if place == 0 && !has_layer {
            continue;
        }
        let size = if has_layer { layers.next().map_or(0, |layer| unpacked(layer.size)) } else { 0 };
        let text = match word {
            _ if place == 0 => format!("FROM {word}"),
            "CMD" | "ENTRYPOINT" => format!("{word} {}", exec_form(rest)),
            "RUN" => format!("RUN /bin/sh -c {rest} # buildkit"),
            "ADD" | "COPY" => format!("{line} # buildkit"),
            _ => line.to_string(),
        };
        let cut = || text.chars().take(WIDTH - 1).collect::<String>() + "…";
        let text = if whole || text.chars().count() <= WIDTH { text.clone() } else { cut() };
        let of_docker = if place == 0 { "" } else { "buildkit.dockerfile.v0" };
        rows.push(["<missing>", &since, &text, &human(size, 3), of_docker].map(ToString::to_string).to_vec());
    }
    rows.reverse();
    let id = &local.built.config.digest;
    if let Some(cell) = rows.first_mut().and_then(|row| row.first_mut()) {
        *cell = if whole { id.clone() } else { short(id).to_string() };
    }
    if value(&given, "--quiet").is_some() {
        return Output::print(rows.iter().filter_map(|row| Some(format!("{}\n", row.first()?))).collect::<String>());
    }
    rows.insert(0, ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"].map(String::from).to_vec());
    Output::print(columns(&rows))
}
