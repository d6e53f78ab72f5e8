//! Settings as people give them.

use super::*;

fn load(flags: &Flags, environment: &[(&str, &str)]) -> Result<Config> {
    Config::load(flags, |name| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
}

fn origin(config: &Config, key: &str) -> String {
    config.settings().into_iter().find(|s| s.key == key).unwrap().origin
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let folder = tempfile::tempdir().unwrap();
    let data = Some(folder.path().to_owned());
    std::fs::write(
        folder.path().join("dauson.toml"),
        "log = \"info\"\ntrust = [\"a.pem\"]\n[serve]\naddress = \"127.0.0.1:9\"\nmax_requests = 3\n",
    )
    .unwrap();
    let flags = Flags { data: data.clone(), log: Some("debug".into()), ..Flags::default() };
    let config =
        load(&flags, &[("DAUSON_SERVE_ADDRESS", "127.0.0.1:10"), ("DAUSON_LOG", "error"), ("DAUSON_DATA", "/x")])
            .unwrap();
    assert_eq!((config.data.as_path(), config.log.as_str()), (folder.path(), "debug"));
    assert_eq!(config.serve_address.port(), 10);
    assert_eq!(config.serve_max_requests, 3);
    assert_eq!(config.trust, [folder.path().join("a.pem")]);
    assert_eq!(config.master_key_file, folder.path().join("master.key"));
    assert_eq!(origin(&config, "log"), "flag --log");
    assert_eq!(origin(&config, "serve.address"), "environment DAUSON_SERVE_ADDRESS");
    assert!(origin(&config, "trust").starts_with("file "));
    assert_eq!(origin(&config, "serve.max_pdf_bytes"), "default");
}

#[test]
fn unknown_keys_and_wrong_types_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dauson.toml");
    for (text, word) in [
        ("colour = 1", "colour"),
        ("[serve]\nport = 1", "serve.port"),
        ("log = 3", "log"),
        ("data = \"/x\"", "data"),
        ("serve.max_requests = -1", "max_requests"),
        ("= =", ""),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = load(&Flags { data: Some(folder.path().to_owned()), ..Flags::default() }, &[]).unwrap_err();
        assert_eq!(error.kind, Kind::Usage, "{text}");
        assert!(error.why.contains(word), "{text}: {error}");
    }
    let error = load(&Flags { config: Some("/no/such.toml".into()), ..Flags::default() }, &[]).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
}

#[test]
fn limits_are_lowered_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dauson.toml");
    let flags = || Flags { data: Some(folder.path().to_owned()), ..Flags::default() };
    std::fs::write(&file, "[limits]\npdf_depth = 30\n").unwrap();
    let config = load(&flags(), &[("DAUSON_LIMITS_XML_BYTES", "1000")]).unwrap();
    let lowered = Limits { pdf_depth: 30, xml_bytes: 1_000, ..Limits::DEFAULT };
    assert_eq!(config.limits, lowered);
    assert!(origin(&config, "limits.pdf_depth").starts_with("file "));
    assert_eq!(origin(&config, "limits.pdf_filters"), "default");
    for text in ["pdf_depth = 101", "pdf_depth = 0", "pdf_depth = -1", "pdf_colours = 3"] {
        std::fs::write(&file, format!("[limits]\n{text}\n")).unwrap();
        let error = load(&flags(), &[]).unwrap_err();
        assert!(error.kind == Kind::Usage && error.why.contains(&text[..9]), "{text}: {error}");
    }
}

#[test]
fn an_explicit_file_may_name_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.toml");
    std::fs::write(&file, "data = \"d\"").unwrap();
    let config = load(&Flags { config: Some(file), ..Flags::default() }, &[]).unwrap();
    assert_eq!(config.data, folder.path().join("d"));
    assert_eq!(config.trust, [folder.path().join("d/trust")]);
}
