//! What the program says, in each language.

use crate::language::Language;

/// Every text; `{}` stands for what [`fill`] puts in.
pub(crate) struct Texts {
    pub(crate) about: &'static str,
    pub(crate) long_about: &'static str,
    pub(crate) after_help: &'static str,
    pub(crate) cards: &'static str,
    pub(crate) blank: &'static str,
    pub(crate) profile: &'static str,
    pub(crate) reader_port: &'static str,
    pub(crate) host: &'static str,
    pub(crate) in_memory: &'static str,
    pub(crate) wait: &'static str,
    /// Names of the profiles.
    pub(crate) timing: &'static str,
    /// Names of the lines.
    pub(crate) line: &'static str,
    pub(crate) lang: &'static str,
    /// Number, serial, life cycle, address, file.
    pub(crate) card_line: &'static str,
    pub(crate) memory_card: &'static str,
    pub(crate) ready: &'static str,
    /// Address, reason.
    pub(crate) no_driver: &'static str,
    /// Address.
    pub(crate) waiting: &'static str,
    /// Maker and model, line.
    pub(crate) timed: &'static str,
    /// Name, names there are.
    pub(crate) no_profile: &'static str,
    /// Path, reason.
    pub(crate) bad_profile: &'static str,
    /// Name, names there are.
    pub(crate) no_line: &'static str,
    pub(crate) too_many_readers: &'static str,
    pub(crate) removed: &'static str,
    pub(crate) inserted: &'static str,
    pub(crate) unknown_command: &'static str,
    pub(crate) goodbye: &'static str,
    /// Path.
    pub(crate) exists: &'static str,
    /// Path.
    pub(crate) in_use: &'static str,
    /// Path, reason.
    pub(crate) unusable: &'static str,
    pub(crate) error: &'static str,
    pub(crate) blank_state: &'static str,
    pub(crate) personalizing_state: &'static str,
    pub(crate) operational_state: &'static str,
    pub(crate) blocked_state: &'static str,
    pub(crate) terminated_state: &'static str,
    pub(crate) piv_token: &'static str,
}

pub(crate) const fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

/// Puts the values in the places of the text, in order.
pub(crate) fn fill(text: &str, values: &[&dyn std::fmt::Display]) -> String {
    let mut values = values.iter();
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(value) = values.next() {
            filled.push_str(&value.to_string());
        }
        filled.push_str(part);
    }
    filled
}

const ENGLISH: Texts = Texts {
    about: "Puts simulated seal cards into virtual card readers",
    long_about: "Puts simulated seal cards into virtual card readers, so that every PC/SC program \
        (sello, sello-center, OpenSC, ...) sees them as real cards in real readers.\n\n\
        Each CARD_FILE is one card; its whole memory lies in that file and survives a restart. A file \
        that does not exist becomes a new blank card. The first card goes into the reader at \
        --reader-port, the second into the next port, and so on.",
    after_help: "Needed once: the smart card service with its virtual reader driver\n  \
        (Debian, Ubuntu: apt install pcscd vsmartcard-vpcd)\n\n\
        Examples:\n  \
        sello-sim card1.sello               one card, blank if the file is new\n  \
        sello-sim card1.sello card2.sello   two cards in two readers\n  \
        sello-sim --in-memory               a blank card that is gone afterwards\n  \
        sello-sim card1.sello --timing j3r180 --line contactless-424\n                                      \
        as slow as that card held to a phone\n\n\
        While it runs, type:\n  \
        remove 1    pull card 1 out\n  \
        insert 1    put card 1 back\n  \
        quit        end (as Ctrl-C does)\n\n\
        Exit codes: 0 ended as asked, 2 an error.",
    cards: "Card files; a new file becomes a blank card",
    blank: "Make new blank cards: refuse files that exist already",
    profile: "What new cards are: seal cards for a center, or piv, plain PIV tokens with factory PIN, PUK \
        and management key",
    reader_port: "TCP port of the first virtual reader; further cards use the next ones",
    host: "Host on which the virtual reader driver listens",
    in_memory: "A blank card in memory only, instead of files",
    wait: "Wait for the virtual reader driver instead of ending when it is not there",
    timing: "Take the time of a real card: {}, or a file with such figures",
    line: "The line between reader and timed card: {}",
    lang: "Language of the messages: en or es",
    card_line: "card {}: serial {}, {}, reader {}, {}",
    memory_card: "in memory",
    ready: "Ready. Type 'remove N', 'insert N' or 'quit'.",
    no_driver: "No virtual reader listens at {} ({}).\n\
        Is pcscd running with its virtual reader driver?  (Debian, Ubuntu: apt install pcscd \
        vsmartcard-vpcd)\n\
        pcscd is started by the first program that uses it; try 'opensc-tool -l' once, or use --wait.",
    waiting: "Waiting for the virtual reader at {} ...",
    timed: "timed as {} on {}",
    no_profile: "No card called '{}' is known, and no such file is there.\n\
        Cards known: {}. A file of your own has the form of those in card-sim/simulator/profiles.",
    bad_profile: "{} is no timing profile: {}",
    no_line: "No line is called '{}'. Lines known: {}.",
    too_many_readers: "There is no TCP port left for the last card.",
    removed: "card {} removed",
    inserted: "card {} inserted",
    unknown_command: "Not understood: '{}'. Type 'remove N', 'insert N' or 'quit'.",
    goodbye: "The cards are out; their state is in their files.",
    exists: "{} exists already; --blank makes new cards only. Without --blank it is used as it is.",
    in_use: "{} is in use by another sello-sim: one card cannot be in two readers.",
    unusable: "{} cannot be used: {}. The file was left as it is.",
    error: "error",
    blank_state: "blank",
    personalizing_state: "personalizing",
    operational_state: "operational",
    blocked_state: "blocked",
    terminated_state: "terminated",
    piv_token: "plain PIV token",
};

const SPANISH: Texts = Texts {
    about: "Pone tarjetas de sello simuladas en lectores virtuales",
    long_about: "Pone tarjetas de sello simuladas en lectores virtuales, de modo que todo programa \
        PC/SC (sello, sello-center, OpenSC, ...) las ve como tarjetas reales en lectores reales.\n\n\
        Cada CARD_FILE es una tarjeta; toda su memoria está en ese archivo y sobrevive a un reinicio. \
        Un archivo que no existe pasa a ser una tarjeta nueva en blanco. La primera tarjeta va al \
        lector de --reader-port, la segunda al puerto siguiente, y así sucesivamente.",
    after_help: "Hace falta una vez: el servicio de tarjetas con su lector virtual\n  \
        (Debian, Ubuntu: apt install pcscd vsmartcard-vpcd)\n\n\
        Ejemplos:\n  \
        sello-sim card1.sello               una tarjeta, en blanco si el archivo es nuevo\n  \
        sello-sim card1.sello card2.sello   dos tarjetas en dos lectores\n  \
        sello-sim --in-memory               una tarjeta en blanco que después desaparece\n  \
        sello-sim card1.sello --timing j3r180 --line contactless-424\n                                      \
        tan lenta como esa tarjeta junto a un teléfono\n\n\
        Mientras funciona, escriba:\n  \
        remove 1    sacar la tarjeta 1\n  \
        insert 1    volver a meter la tarjeta 1\n  \
        quit        terminar (como Ctrl-C)\n\n\
        Códigos de salida: 0 terminó como se pidió, 2 un error.",
    cards: "Archivos de tarjeta; un archivo nuevo pasa a ser una tarjeta en blanco",
    blank: "Hacer tarjetas nuevas en blanco: rechaza archivos que ya existen",
    profile: "Qué son las tarjetas nuevas: seal, de sello para un centro, o piv, simples tarjetas PIV con \
        PIN, PUK y clave de gestión de fábrica",
    reader_port: "Puerto TCP del primer lector virtual; las demás tarjetas usan los siguientes",
    host: "Equipo en el que escucha el lector virtual",
    in_memory: "Una tarjeta en blanco solo en memoria, en vez de archivos",
    wait: "Esperar al lector virtual en vez de terminar si no está",
    timing: "Tardar lo que una tarjeta real: {}, o un archivo con esas cifras",
    line: "La línea entre el lector y esa tarjeta: {}",
    lang: "Idioma de los mensajes: en o es",
    card_line: "tarjeta {}: serie {}, {}, lector {}, {}",
    memory_card: "en memoria",
    ready: "Listo. Escriba 'remove N', 'insert N' o 'quit'.",
    no_driver: "Ningún lector virtual escucha en {} ({}).\n\
        ¿Está en marcha pcscd con su lector virtual?  (Debian, Ubuntu: apt install pcscd \
        vsmartcard-vpcd)\n\
        pcscd arranca con el primer programa que lo usa; pruebe 'opensc-tool -l' una vez, o use --wait.",
    waiting: "Esperando al lector virtual en {} ...",
    timed: "con los tiempos de {} por {}",
    no_profile: "No se conoce ninguna tarjeta '{}' ni existe ese archivo.\n\
        Tarjetas conocidas: {}. Un archivo propio tiene la forma de los de card-sim/simulator/profiles.",
    bad_profile: "{} no es un perfil de tiempos: {}",
    no_line: "Ninguna línea se llama '{}'. Líneas conocidas: {}.",
    too_many_readers: "No queda puerto TCP para la última tarjeta.",
    removed: "tarjeta {} fuera",
    inserted: "tarjeta {} dentro",
    unknown_command: "No se entiende: '{}'. Escriba 'remove N', 'insert N' o 'quit'.",
    goodbye: "Las tarjetas están fuera; su estado está en sus archivos.",
    exists: "{} ya existe; --blank solo hace tarjetas nuevas. Sin --blank se usa tal como está.",
    in_use: "{} está en uso por otro sello-sim: una tarjeta no puede estar en dos lectores.",
    unusable: "{} no se puede usar: {}. El archivo se dejó como estaba.",
    error: "error",
    blank_state: "en blanco",
    personalizing_state: "en personalización",
    operational_state: "operativa",
    blocked_state: "bloqueada",
    terminated_state: "terminada",
    piv_token: "simple tarjeta PIV",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_to_their_places() {
        assert_eq!(fill("a {} b {}", &[&1, &"x"]), "a 1 b x");
        assert_eq!(fill("nothing", &[]), "nothing");
    }

    #[test]
    fn both_languages_take_the_same_values() {
        let places = |text: &str| text.matches("{}").count();
        for (english, spanish) in [
            (ENGLISH.card_line, SPANISH.card_line),
            (ENGLISH.no_driver, SPANISH.no_driver),
            (ENGLISH.unusable, SPANISH.unusable),
            (ENGLISH.exists, SPANISH.exists),
            (ENGLISH.in_use, SPANISH.in_use),
            (ENGLISH.removed, SPANISH.removed),
            (ENGLISH.timing, SPANISH.timing),
            (ENGLISH.line, SPANISH.line),
            (ENGLISH.timed, SPANISH.timed),
            (ENGLISH.no_profile, SPANISH.no_profile),
            (ENGLISH.bad_profile, SPANISH.bad_profile),
            (ENGLISH.no_line, SPANISH.no_line),
        ] {
            assert_eq!(places(english), places(spanish), "{english}");
        }
    }
}
