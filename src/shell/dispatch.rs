//! Who answers a command, and why there is nobody.

use super::exec::Shell;
use super::near::close_matches;
use super::terminal::Output;
use super::{about, aws, builtins, coreutils, docker, inside, lab_command, random, script, texts, tree, visit, web};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl Shell<'_> {
    /// Whoever answers a command.
    pub(super) fn dispatch(&mut self, name: &str, words: &[String], input: &str) -> Output {
        if let Some(output) = script::run(self, name, words) {
            return output;
        }
        if let Some(output) = inside::run(self, name, words, input) {
            return output;
        }
        if name == "sudo" {
            let own = words.iter().position(|word| word != "sudo" && !word.starts_with('-'));
            return match own.and_then(|at| words.get(at..)?.split_first()) {
                Some((name, rest)) => {
                    let before = core::mem::replace(&mut self.root, true);
                    let output = self.dispatch(name, rest, input);
                    self.root = before;
                    output
                }
                None => Output::fail(1, "usage: sudo command [arg ...]\n"),
            };
        }
        if let Some(output) = visit::run(self, name, words, input) {
            return output;
        }
        if let Some(output) = texts::run(self, name, words, input) {
            return output;
        }
        if let Some(output) = tree::run(self, name, words) {
            return output;
        }
        if let Some(output) = coreutils::run(self, name, words, input) {
            return output;
        }
        if let Some(output) = random::run(self, name, words, input) {
            return output;
        }
        if let Some(output) = about::run(self, name, words) {
            return output;
        }
        if let Some(output) = builtins::run(self, name, words).or_else(|| web::run(self, name, words)) {
            return output;
        }
        match name {
            "aws" => aws::run(self, words, input),
            "docker" => docker::run(self, words, input),
            "helm" => docker::helm::run(self, words, input),
            "lab" => lab_command::run(self, words),
            "ssh" => visit::ssh(self, words),
            "exit" | "logout" => Output::fail(
                1,
                "ECS Lab: this is home; ssh NAME enters an instance, aws ecs execute-command a container, and exit leaves it\n",
            ),
            _ if lab_command::is_verb(name) => {
                let whole: Vec<String> = [name].into_iter().map(String::from).chain(words.iter().cloned()).collect();
                lab_command::run(self, &whole)
            }
            "bash" | "sh" => {
                Output::fail(1, format!("ECS Lab: this prompt is a bash already; {name} runs a script: {name} FILE\n"))
            }
            docker::credentials::PROGRAM if let Some(output) = docker::credentials::run(self, words, input) => output,
            _ if name.contains('/') => self.no_file(name),
            _ if let Some(output) = docker::credentials::install(self, name, words, self.root) => output,
            _ if let Some(why) = absent(name) => Output::fail(127, format!("ECS Lab has no {name}: {why}\n")),
            _ => {
                let known = super::complete::commands();
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                if let Some(word) = close_matches(name, &names, 0.65).first() {
                    self.meant(word);
                }
                Output::fail(127, format!("bash: {name}: command not found\n"))
            }
        }
    }
}

impl Shell<'_> {
    /// Notes the word that was meant in the stead of a wrong one; what a script holds, nobody has mistyped at the prompt.
    pub(super) fn meant(&mut self, word: &str) {
        if self.scripts.is_empty() {
            self.near = Some(word.to_string());
        }
    }

    /// What is said of a path that is no script.
    fn no_file(&self, name: &str) -> Output {
        let why = self.missing(&self.path(name));
        let status = if why.starts_with("Is") { 126 } else { 127 };
        Output::fail(status, format!("bash: {name}: {why}\n"))
    }
}

/// Why a tool of a working day is not here.
fn absent(name: &str) -> Option<&'static str> {
    Some(match name {
        "ping" | "nslookup" | "nc" | "telnet" => "curl and dig ask what the lab has",
        "vi" | "vim" | "nano" | "emacs" => "files open in the editor below the prompt",
        "less" | "more" => "cat, grep, cut, sed and awk show a text, and the editor below the prompt changes it",
        "chown" => "its files belong to whoever is at the prompt",
        "groupadd" | "useradd" | "usermod" => "there is one user, who may use docker",
        "service" | "systemctl" => "docker runs here already",
        "watch" => "its time passes by lab advance: run the command again behind it",
        "wait" | "jobs" | "fg" | "bg" => "its shell runs one command after the other, and nothing beside them",
        "ps" | "top" | "htop" | "pgrep" => "docker ps and docker top show what runs here",
        "df" | "du" | "free" => "of its hosts nothing is measured; ls -l and wc -c tell how large a file is",
        "tree" => "find and ls -R show what is in a folder",
        "scp" | "sftp" | "rsync" => {
            "ssh NAME cat FILE > COPY brings a text, and ssh NAME \"echo '$(cat FILE)' > COPY\" takes one there"
        }
        "getopts" => "its shell reads no options; a loop with shift does",
        "amazon-linux-extras" => "it belongs to Amazon Linux 2; this is Amazon Linux 2023, where docker runs already",
        "iptables" | "ip6tables" => {
            "ECS_AWSVPC_BLOCK_IMDS, or a hop limit of 1 in the metadata options, keeps containers from the instance's metadata"
        }
        "apt" | "apt-get" | "brew" | "dnf" | "npm" | "pip" | "pip3" | "snap" | "yum" => "nothing is installed here",
        "git" | "java" | "node" | "perl" | "python" | "python3" | "ruby" => {
            "its prompt has aws, docker, lab and small tools"
        }
        "jq" | "yq" => "--query of aws finds and shapes what an answer holds",
        "session-manager-plugin" => "no session is simulated",
        _ => return None,
    })
}
