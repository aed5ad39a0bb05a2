//! The command line: names, options and help, in both languages.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

use crate::language::Language;

/// The reasons of `revoke`, as RFC 5280 names them.
pub(crate) const REASONS: [&str; 6] = [
    "unspecified",
    "key-compromise",
    "affiliation-changed",
    "superseded",
    "cessation-of-operation",
    "privilege-withdrawn",
];

/// The kinds of seals.
pub(crate) const KINDS: [&str; 6] = [
    "official",
    "contract",
    "finance",
    "invoice",
    "business",
    "individual",
];

/// The whole command line.
pub(crate) fn command(language: Language) -> Command {
    Command::new("sello-center")
        .version(env!("CARGO_PKG_VERSION"))
        .about(language.pick(
            "The seal center: applications, approvals, cards, revocation",
            "El centro de sellos: solicitudes, aprobaciones, tarjetas, revocación",
        ))
        .after_help(language.pick(AFTER_ENGLISH, AFTER_SPANISH))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("home")
                .long("home")
                .global(true)
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help(language.pick(
                    "The center's folder [else SELLO_CENTER_HOME, else ~/.local/share/sello-center]",
                    "La carpeta del centro [si no, SELLO_CENTER_HOME o ~/.local/share/sello-center]",
                )),
        )
        .arg(
            Arg::new("lang")
                .long("lang")
                .global(true)
                .value_parser(["en", "es"])
                .help(language.pick("Language of the messages", "Idioma de los mensajes")),
        )
        .subcommands(paper(language))
        .subcommands(cards(language))
        .subcommands(after(language))
        .subcommand(timestamp(language))
}

const AFTER_ENGLISH: &str = "\
A seal from the beginning:
  sello-center init --name 'Example Seal Center' --country ES --officer ana
  sello-center officer add eva --officer ana
  sello-center apply --organization 'Example S.L.' --identifier VATES-B12345678 --country ES --kind official
  sello-center approve A-000001 --officer ana
  sello-center approve A-000001 --officer eva
  sello-center personalize A-000001 --officer ana --letter letter.pdf
      (the custodian gets card and letter, and sets a PIN: sello pin change)
  sello-center activate A-000001 --officer ana
  sello-center export-trust ~/.config/sello/trust

Passphrases are asked for at the terminal; scripts use --passphrase-env or --passphrase-fd.
Exit codes: 0 done, 1 refused, 2 wrong usage or environment.";

const AFTER_SPANISH: &str = "\
Un sello desde el principio:
  sello-center init --name 'Example Seal Center' --country ES --officer ana
  sello-center officer add eva --officer ana
  sello-center apply --organization 'Example S.L.' --identifier VATES-B12345678 --country ES --kind official
  sello-center approve A-000001 --officer ana
  sello-center approve A-000001 --officer eva
  sello-center personalize A-000001 --officer ana --letter carta.pdf
      (el custodio recibe tarjeta y carta, y pone su PIN: sello pin change)
  sello-center activate A-000001 --officer ana
  sello-center export-trust ~/.config/sello/trust

Las frases de contraseña se piden en el terminal; los programas usan --passphrase-env o
--passphrase-fd. Códigos de salida: 0 hecho, 1 rechazado, 2 uso o entorno incorrecto.";

/// Until two officers have approved.
fn paper(l: Language) -> [Command; 6] {
    [
        with_officer(l, Command::new("init"))
            .about(l.pick(
                "Make a center: its CA, its seal-making certificate, its first officer",
                "Crear un centro: su CA, su certificado de fabricante y su primer oficial",
            ))
            .arg(
                text(
                    "name",
                    "NAME",
                    l.pick("Organization that runs it", "Organización que lo lleva"),
                )
                .required(true),
            )
            .arg(text("country", "CODE", l.pick("Country, as ES", "País, como ES")).required(true))
            .arg(text(
                "identifier",
                "ID",
                l.pick(
                    "Its identifier, as VATES-B12345678",
                    "Su identificador, como VATES-B12345678",
                ),
            ))
            .arg(text(
                "ca-name",
                "NAME",
                l.pick(
                    "Name of the CA [NAME and \"CA\"]",
                    "Nombre de la CA [NAME y \"CA\"]",
                ),
            ))
            .arg(text(
                "crl-url",
                "URL",
                l.pick(
                    "Where revocation lists will be fetched",
                    "Dónde se publicarán las listas de revocación",
                ),
            ))
            .arg(json(l)),
        Command::new("officer")
            .about(l.pick("Officers", "Oficiales"))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(
                secret(
                    l,
                    with_officer(l, Command::new("add")),
                    "new-passphrase",
                    l.pick("of the new officer", "del nuevo oficial"),
                )
                .about(l.pick("Add an officer", "Añadir un oficial"))
                .arg(Arg::new("new").value_name("NAME").required(true))
                .arg(json(l)),
            )
            .subcommand(
                Command::new("list")
                    .about(l.pick("List the officers", "Listar los oficiales"))
                    .arg(json(l)),
            ),
        apply(l),
        Command::new("list")
            .about(l.pick("List the applications", "Listar las solicitudes"))
            .arg(json(l)),
        Command::new("show")
            .about(l.pick("Show an application", "Mostrar una solicitud"))
            .arg(reference(l))
            .arg(json(l)),
        with_officer(l, Command::new("approve"))
            .about(l.pick(
                "Approve an application; two different officers must",
                "Aprobar una solicitud; deben hacerlo dos oficiales distintos",
            ))
            .arg(reference(l))
            .arg(json(l)),
    ]
}

fn apply(l: Language) -> Command {
    Command::new("apply")
        .about(l.pick("Apply for a seal", "Solicitar un sello"))
        .arg(
            text(
                "organization",
                "NAME",
                l.pick(
                    "Organization that will have the seal",
                    "Organización que tendrá el sello",
                ),
            )
            .required_unless_present("individual")
            .conflicts_with("individual"),
        )
        .arg(text(
            "individual",
            "NAME",
            l.pick(
                "Individual who will have the seal",
                "Persona que tendrá el sello",
            ),
        ))
        .arg(
            text(
                "identifier",
                "ID",
                l.pick(
                    "As VATES-B12345678, or IDCES-00000000T for an individual",
                    "Como VATES-B12345678, o IDCES-00000000T para una persona",
                ),
            )
            .required(true),
        )
        .arg(text("country", "CODE", l.pick("Country, as ES", "País, como ES")).required(true))
        .arg(
            text(
                "kind",
                "KIND",
                l.pick(
                    "What the seal is for [official, or individual]",
                    "Para qué es el sello [official, o individual]",
                ),
            )
            .value_parser(KINDS),
        )
        .arg(text(
            "seal-name",
            "NAME",
            l.pick(
                "Name of the seal [kind and holder]",
                "Nombre del sello [clase y titular]",
            ),
        ))
        .arg(
            text(
                "picture",
                "FILE.png",
                l.pick(
                    "Seal picture; drawn if not given",
                    "Imagen del sello; se dibuja si no se da",
                ),
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            text(
                "width-mm",
                "MM",
                l.pick("Width on paper", "Anchura sobre papel"),
            )
            .value_parser(value_parser!(u32).range(1..=500))
            .default_value("40"),
        )
        .arg(flag(
            "dual-control",
            l.pick(
                "Each stamping needs the approval of a second person, with a PIN of their own",
                "Cada sellado necesita la aprobación de otra persona, con un PIN propio",
            ),
        ))
        .arg(flag(
            "contact-only",
            l.pick(
                "The card takes its PIN over contacts only, never over contactless",
                "La tarjeta admite su PIN solo por contactos, nunca sin contacto",
            ),
        ))
        .arg(json(l))
}

/// Rejecting, and making the card.
fn cards(l: Language) -> [Command; 3] {
    [
        with_officer(l, Command::new("reject"))
            .about(l.pick("Reject an application", "Rechazar una solicitud"))
            .arg(reference(l))
            .arg(text("reason", "TEXT", l.pick("Why", "Por qué")).required(true))
            .arg(json(l)),
        with_officer(l, Command::new("personalize"))
            .about(l.pick(
                "Make the card in the reader; run again, it continues where it stopped",
                "Hacer la tarjeta del lector; si se repite, sigue donde quedó",
            ))
            .arg(reference(l))
            .arg(reader(l))
            .arg(text("letter", "FILE.pdf", l.pick(
                "Where to write the PIN letter; can also be made later, once",
                "Dónde escribir la carta con el PIN; también puede hacerse después, una vez",
            )).value_parser(value_parser!(PathBuf)))
            .arg(text("approver-letter", "FILE.pdf", l.pick(
                "Where to write the approver's PIN letter, for a seal under dual control",
                "Dónde escribir la carta con el PIN del aprobador, si el sello tiene control dual",
            )).value_parser(value_parser!(PathBuf)).requires("letter"))
            .arg(json(l)),
        with_officer(l, Command::new("activate"))
            .about(l.pick(
                "Activate a seal whose custodian has set a PIN; the card in the reader is checked",
                "Activar un sello cuyo custodio ya puso su PIN; se comprueba la tarjeta del lector",
            ))
            .arg(reference(l))
            .arg(reader(l).conflicts_with("no-card"))
            .arg(flag("no-card", l.pick("The card is elsewhere: activate without seeing it", "La tarjeta está en otro lugar: activar sin verla")))
            .arg(json(l)),
    ]
}

/// The rest of a seal's life, and what others need.
fn after(l: Language) -> [Command; 7] {
    let change = |name: &'static str| {
        with_officer(l, Command::new(name))
            .arg(reference(l))
            .arg(json(l))
    };
    [
        delivered(l),
        change("report-loss").about(l.pick(
            "A card is lost: put its certificate on hold and publish the list",
            "Una tarjeta se perdió: suspender su certificado y publicar la lista",
        )),
        change("reinstate").about(l.pick(
            "A lost card was found: take its certificate off the list",
            "Una tarjeta perdida apareció: quitar su certificado de la lista",
        )),
        change("revoke")
            .about(l.pick("End a seal for good", "Terminar un sello para siempre"))
            .arg(
                text("reason", "REASON", l.pick("Why", "Por qué"))
                    .value_parser(REASONS)
                    .required(true),
            ),
        with_officer(l, Command::new("crl"))
            .about(l.pick(
                "Publish a new revocation list (valid for seven days)",
                "Publicar una nueva lista de revocación (vale siete días)",
            ))
            .arg(json(l)),
        Command::new("export-trust")
            .about(l.pick(
                "Write what verifiers need: anchors/*.pem, devices/*.pem and crls/*.crl",
                "Escribir lo que necesitan los verificadores: anchors/*.pem, devices/*.pem y crls/*.crl",
            ))
            .arg(
                Arg::new("folder")
                    .value_name("DIR")
                    .value_parser(value_parser!(PathBuf))
                    .required(true),
            )
            .arg(json(l)),
        Command::new("audit")
            .about(l.pick("The audit log", "El registro de auditoría"))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(
                Command::new("verify")
                    .about(l.pick(
                        "Recompute the log and compare it with the ledger",
                        "Recalcular el registro y compararlo con los datos",
                    ))
                    .arg(json(l)),
            ),
    ]
}

/// A card after it was delivered.
fn delivered(l: Language) -> Command {
    Command::new("card")
        .about(l.pick(
            "A delivered card, in the reader: new PIN, end",
            "Una tarjeta entregada, en el lector: PIN nuevo, fin",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            with_officer(l, Command::new("unblock"))
                .about(l.pick(
                    "Set a new transport PIN, and make its letter",
                    "Poner un PIN de transporte nuevo y hacer su carta",
                ))
                .arg(reference(l))
                .arg(reader(l))
                .arg(flag(
                    "approver",
                    l.pick(
                        "The approver's PIN, not the custodian's",
                        "El PIN del aprobador, no el del custodio",
                    ),
                ))
                .arg(
                    text(
                        "letter",
                        "FILE.pdf",
                        l.pick(
                            "Where to write the letter with the new PIN",
                            "Dónde escribir la carta con el PIN nuevo",
                        ),
                    )
                    .value_parser(value_parser!(PathBuf))
                    .required(true),
                )
                .arg(json(l)),
        )
        .subcommand(
            with_officer(l, Command::new("terminate"))
                .about(l.pick(
                    "End the card of a revoked seal for good: its keys and codes are erased",
                    "Terminar para siempre la tarjeta de un sello revocado: se borran sus claves y códigos",
                ))
                .arg(reference(l))
                .arg(reader(l))
                .arg(json(l)),
        )
}

fn timestamp(l: Language) -> Command {
    Command::new("timestamp")
        .about(l.pick(
            "The center's timestamp authority (RFC 3161)",
            "La autoridad de sellado de tiempo del centro (RFC 3161)",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            with_officer(l, Command::new("serve"))
                .about(l.pick(
                    "Give timestamps and revocation lists over HTTP until stopped",
                    "Dar sellos de tiempo y listas de revocación por HTTP hasta que se detenga",
                ))
                .after_help(l.pick(
                    "POST /tsa   a timestamp (application/timestamp-query)\n\
                     GET /ca.crl the newest revocation list\n\n\
                     The first time, the authority's key and certificate are made. Every token is a line\n\
                     in the audit log. Stampers use it so:\n  \
                     sello stamp in.pdf -o out.pdf --x 20 --y 20 --tsa http://127.0.0.1:3161/tsa",
                    "POST /tsa   un sello de tiempo (application/timestamp-query)\n\
                     GET /ca.crl la lista de revocación más reciente\n\n\
                     La primera vez se crean la clave y el certificado de la autoridad. Cada sello de\n\
                     tiempo es una línea del registro. Para sellar:\n  \
                     sello stamp in.pdf -o out.pdf --x 20 --y 20 --tsa http://127.0.0.1:3161/tsa",
                ))
                .arg(
                    text(
                        "listen",
                        "ADDRESS",
                        l.pick(
                            "Address and port; port 0 takes a free one",
                            "Dirección y puerto; el puerto 0 toma uno libre",
                        ),
                    )
                    .default_value("127.0.0.1:3161")
                    .value_parser(value_parser!(SocketAddr)),
                )
                .arg(json(l)),
        )
        .subcommand(
            with_officer(l, Command::new("certificate"))
                .about(l.pick(
                    "Write the authority's certificate (PEM), making it the first time",
                    "Escribir el certificado de la autoridad (PEM), creándolo la primera vez",
                ))
                .arg(
                    Arg::new("file")
                        .value_name("FILE.pem")
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help(l.pick("Where it goes", "Dónde va")),
                )
                .arg(json(l)),
        )
}

fn with_officer(l: Language, command: Command) -> Command {
    let command = command.arg(text(
        "officer",
        "NAME",
        l.pick("The officer who acts", "El oficial que actúa"),
    ));
    secret(
        l,
        command,
        "passphrase",
        l.pick("of the officer", "del oficial"),
    )
}

fn secret(l: Language, command: Command, option: &'static str, whose: &str) -> Command {
    let environment = format!("{option}-env");
    let descriptor = format!("{option}-fd");
    command
        .arg(
            Arg::new(environment.clone())
                .long(environment.clone())
                .value_name("VAR")
                .help(format!(
                    "{} {whose}",
                    l.pick(
                        "Environment variable with the passphrase",
                        "Variable de entorno con la frase de contraseña",
                    )
                )),
        )
        .arg(
            Arg::new(descriptor.clone())
                .long(descriptor)
                .value_name("N")
                .value_parser(value_parser!(u32))
                .conflicts_with(environment)
                .help(format!(
                    "{} {whose}",
                    l.pick(
                        "File descriptor with the passphrase",
                        "Descriptor de fichero con la frase de contraseña",
                    )
                )),
        )
}

fn reference(l: Language) -> Arg {
    Arg::new("application")
        .value_name("APPLICATION")
        .required(true)
        .help(l.pick("Its number, as A-000001", "Su número, como A-000001"))
}

fn reader(l: Language) -> Arg {
    text(
        "reader",
        "NAME",
        l.pick(
            "The reader, or a part of its name; needed if several have cards",
            "El lector, o parte de su nombre; necesario si varios tienen tarjeta",
        ),
    )
}

fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

fn json(l: Language) -> Arg {
    flag("json", l.pick("Answer in JSON", "Responder en JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound_in_both_languages() {
        command(Language::English).debug_assert();
        command(Language::Spanish).debug_assert();
    }

    #[test]
    fn no_option_takes_a_secret() {
        let parse = |words: &[&str]| command(Language::English).try_get_matches_from(words);
        assert!(parse(&["c", "crl", "--passphrase", "x"]).is_err());
        assert!(parse(&["c", "crl", "--passphrase-env", "X", "--passphrase-fd", "3"]).is_err());
        assert!(parse(&["c", "crl", "--passphrase-env", "X"]).is_ok());
    }
}
