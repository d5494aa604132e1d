//! The lab's own terminal on standard input: one line of JSON in, a text that is run; one out, what it printed. The tests
//! hold it against the AWS CLI.

use std::io::{self, BufRead, Write};

use ecs_lab::lab::{Lab, Start};
use ecs_lab::shell::{Generation, Terminal};
use ecs_lab::sim::SimDuration;
use serde_json::json;

/// Runs what comes, each line to its rest, until the input ends. An empty text begins anew.
pub fn run(generation: Generation, seed: u64) -> Result<(), String> {
    let fresh = || {
        let lab = Lab::new(Start { seed, ..Start::default() });
        (Terminal::of(&lab, generation), lab)
    };
    let (mut terminal, mut lab) = fresh();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let text: String = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        if text.is_empty() {
            (terminal, lab) = fresh();
        }
        let output = terminal.run(&mut lab, &text);
        lab.settle(SimDuration::from_secs(3600));
        println!("{}", json!({ "stdout": output.stdout, "stderr": output.stderr, "status": output.status }));
        io::stdout().flush().map_err(|error| error.to_string())?;
    }
    Ok(())
}
