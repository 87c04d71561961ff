//! Files let go over the window: what each is for, by its ending, and plans from catalogs by what is in
//! them. One place, so that every kind of file finds its way.

use std::path::{Path, PathBuf};

use super::Purpose;
use crate::ui::command::Command;
use crate::ui::documents::is_catalog;

/// What to do with these files, in the order of the first of each kind. Of plans and of models only the first counts: one
/// is open at a time. What is imported is all read, and looked through together. `over_catalog`: the catalog is in front, so a
/// model becomes an entry of it; elsewhere it is run.
pub fn commands(paths: &[PathBuf], over_catalog: bool) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for path in paths {
        let command = match command(path) {
            Command::LookAtModel(path) if over_catalog => Command::ImportFiles(vec![path]),
            command => command,
        };
        let kind = std::mem::discriminant(&command);
        match (commands.iter_mut().find(|other| std::mem::discriminant(*other) == kind), command) {
            (None, command) => commands.push(command),
            (Some(Command::ImportFiles(files)), Command::ImportFiles(more))
            | (Some(Command::MergeFiles(files)), Command::MergeFiles(more)) => files.extend(more),
            (Some(_), _) => {}
        }
    }
    commands
}

/// What one file is for; of a folder what is in it is imported. What is not known here is taken for a plan, whose reader says what is wrong with it.
fn command(path: &Path) -> Command {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let is = |purpose: Purpose| purpose.extensions().contains(&ending.as_str());
    if is(Purpose::OpenModel) {
        Command::LookAtModel(path.to_owned())
    } else if is(Purpose::ImportMeasurements) || path.is_dir() {
        Command::ImportFiles(vec![path.to_owned()])
    } else if is_catalog(path) {
        Command::MergeFiles(vec![path.to_owned()])
    } else {
        Command::OpenPath(path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_where_its_ending_says() {
        for (path, wanted) in [
            ("/a/b.ron", Command::OpenPath("/a/b.ron".into())),
            ("/a/b", Command::OpenPath("/a/b".into())),
            ("/a/b.pdf", Command::OpenPath("/a/b.pdf".into())),
            ("/a/b.GGUF", Command::LookAtModel("/a/b.GGUF".into())),
            ("/a/b.json", Command::ImportFiles(vec!["/a/b.json".into()])),
            ("/a/b.jsonl", Command::ImportFiles(vec!["/a/b.jsonl".into()])),
            ("/a/b.CSV", Command::ImportFiles(vec!["/a/b.CSV".into()])),
            ("/a/b.md", Command::ImportFiles(vec!["/a/b.md".into()])),
            ("/a/b.txt", Command::ImportFiles(vec!["/a/b.txt".into()])),
            ("/a/b.yaml", Command::ImportFiles(vec!["/a/b.yaml".into()])),
            ("/a/b.safetensors", Command::ImportFiles(vec!["/a/b.safetensors".into()])),
        ] {
            assert_eq!(commands(&[path.into()], false), [wanted]);
        }
        assert_eq!(commands(&[], false), []);
    }

    #[test]
    fn of_plans_and_models_the_first_is_opened_and_all_benchmark_results_are_read() {
        let paths = ["/a/b.csv", "/a/c.ron", "/a/d.gguf", "/a/e.json", "/a/f.ron", "/a/g.gguf"].map(PathBuf::from);
        let wanted = [
            Command::ImportFiles(vec!["/a/b.csv".into(), "/a/e.json".into()]),
            Command::OpenPath("/a/c.ron".into()),
            Command::LookAtModel("/a/d.gguf".into()),
        ];
        assert_eq!(commands(&paths, false), wanted);
    }

    #[test]
    fn over_the_catalog_every_model_becomes_an_entry() {
        let paths = ["/a/b.gguf", "/a/c.ron", "/a/d.gguf", "/a/config.json"].map(PathBuf::from);
        let wanted = [
            Command::ImportFiles(vec!["/a/b.gguf".into(), "/a/d.gguf".into(), "/a/config.json".into()]),
            Command::OpenPath("/a/c.ron".into()),
        ];
        assert_eq!(commands(&paths, true), wanted);
    }
}
