//! Spanish.

pub(super) mod doctor;
mod journal;

use sello_profile::seal::SealKind;
use sello_wire::{LifeCycle, PinPolicy};

use super::{Explanation, Text, cards, options, seals};
use crate::failure::{Failure, SecretKind};

pub(super) fn text(text: &Text<'_>) -> String {
    match text {
        Text::AskPin { seal, tries_left } => {
            format!("PIN del sello «{seal}» ({}): ", tries(*tries_left))
        }
        Text::AskOldPin {
            transport: true,
            tries_left,
        } => format!(
            "PIN de transporte, de la carta del PIN ({}): ",
            tries(*tries_left)
        ),
        Text::AskOldPin { tries_left, .. } => format!("PIN actual ({}): ", tries(*tries_left)),
        Text::AskNewPin => "PIN nuevo, de 6 a 8 cifras: ".to_owned(),
        Text::AskNewPinAgain => "PIN nuevo otra vez: ".to_owned(),
        Text::AskPuk { tries_left } => {
            format!("PUK, de la carta del PIN ({}): ", tries(*tries_left))
        }
        Text::AskApproverPin {
            seal,
            count,
            tries_left,
        } => format!(
            "PIN del responsable, para autorizar «{seal}», {} ({}): ",
            stampings(*count),
            tries(*tries_left)
        ),
        Text::AskOldApproverPin {
            transport: true,
            tries_left,
        } => format!(
            "PIN de transporte del responsable, de su carta ({}): ",
            tries(*tries_left)
        ),
        Text::AskOldApproverPin { tries_left, .. } => {
            format!("PIN actual del responsable ({}): ", tries(*tries_left))
        }
        Text::AskBatchPin {
            seal,
            count,
            tries_left,
        } => format!(
            "PIN del sello «{seal}», para estos {count} documentos ({}): ",
            tries(*tries_left)
        ),
        Text::Copying => "copiando el documento".to_owned(),
        Text::PreparingBatch => "preparando".to_owned(),
        Text::SealingBatch => "sellando".to_owned(),
        Text::Verifying { path } => format!("verificando {}", path.display()),
        Text::Extracted { number, path } => format!(
            "El documento tal como lo cubre el sello o firma {number}: {}",
            path.display()
        ),
        Text::Page { path } => format!("El informe para el navegador: {}", path.display()),
        Text::NoTrust => "No hay carpeta de confianza, así que no se confía en ninguna autoridad; \
            indique una con --trust."
            .to_owned(),
        Text::Stamped { seal, page, path } => {
            format!(
                "Sellado con «{seal}» en la página {page}: {}",
                path.display()
            )
        }
        Text::SealedAfter { fields } => {
            format!("Sellado antes, en este orden: {}.", fields.join(", "))
        }
        Text::FieldsPrepared { count, path } => {
            format!("Campos de firma vacíos: {count}, en {}", path.display())
        }
        Text::Renewed { path } => format!(
            "Renovado con datos de validación y un sello de tiempo del documento: {}",
            path.display()
        ),
        Text::CutBack { path, excess } => format!(
            "{}: se han cortado {excess} bytes de un sellado interrumpido.",
            path.display()
        ),
        Text::SealedFiles { seal, path } => {
            format!("Sellado con «{seal}»: {}", path.display())
        }
        Text::PinChanged => "El PIN se ha cambiado.".to_owned(),
        Text::PinUnblocked => {
            "El PIN nuevo está puesto; vuelve a tener todos sus intentos.".to_owned()
        }
        Text::ApproverPinChanged => "El PIN del responsable se ha cambiado.".to_owned(),
        Text::Approved { slot, seal, left } => format!(
            "{:02X}  {seal}: {} autorizados",
            slot.to_byte(),
            stampings(*left)
        ),
        Text::NoApprovalNeeded { slot, seal } => {
            format!("{:02X}  {seal}: no necesita autorización", slot.to_byte())
        }
        Text::ApprovalsLeft(left) => {
            format!("Control dual: autorizados ahora {}.", stampings(*left))
        }
        Text::ApproverTries(None) => "PIN responsable   ninguno".to_owned(),
        Text::ApproverTries(Some((left, total))) => {
            format!("PIN responsable   {left} de {total} intentos")
        }
        Text::ApproverTransportPin => {
            "responsable       PIN de transporte en vigor: use `sello pin \
            change --approver` antes de autorizar"
                .to_owned()
        }
        Text::BatchAnnounced { count, root } => format!(
            "Lote de {count} documentos; la tarjeta sellará solo estos. Raíz de Merkle {root}"
        ),
        Text::BatchSealed { path } => format!("sellado      {}", path.display()),
        Text::BatchSealedAlready { path } => format!("ya sellado   {}", path.display()),
        Text::BatchNotSealed { path } => format!("SIN sellar   {}", path.display()),
        Text::BatchDone {
            seal,
            sealed,
            total,
        } => format!("Sellados con «{seal}»: {sealed} de {total} documentos."),
        Text::JournalCounter(count) => format!("registro          {}", signatures(*count)),
        Text::JournalTitle { serial, last } => format!(
            "Tarjeta {serial}: {} de sus claves de sello en total.",
            signatures(*last)
        ),
        Text::JournalOlderGone { first_kept } => format!(
            "La tarjeta guarda las últimas 512 entradas: las anteriores a la {first_kept} ya no están."
        ),
        Text::JournalColumns => {
            "     N.º  qué         pos.  clave             resumen firmado".to_owned()
        }
        Text::JournalEntry(entry) => journal::entry(entry),
        Text::JournalExported { path, entries } => {
            format!("Registro escrito, {entries} entradas: {}", path.display())
        }
        Text::JournalFinding(finding) => journal::finding(finding),
        Text::JournalVerdict(verdict) => journal::verdict(*verdict).to_owned(),
        Text::SealPolicy(policy) => format!("  PIN          {}", pin_policy(*policy)),
        Text::SealDualControl { left } => {
            format!("  autorización necesaria; {} autorizados", stampings(*left))
        }
        Text::Exported { path } => format!("  imagen       guardada en {}", path.display()),
        Text::Reader(name) => format!("lector            {name}"),
        Text::Serial(Some(serial)) => format!("número de serie   {serial}"),
        Text::Serial(None) => "número de serie   ninguno".to_owned(),
        Text::Atr(atr) => format!("ATR               {atr}"),
        Text::PlainPivCard => "clase             tarjeta PIV de otra marca, sin sellos".to_owned(),
        Text::LifeCycle(state) => format!("ciclo de vida     {}", life_cycle(*state)),
        Text::TransportPin => {
            "PIN de transporte en vigor: use `sello pin change` antes de sellar".to_owned()
        }
        Text::PinTries { left, total } => format!("intentos del PIN  {left} de {total}"),
        Text::PukTries { left, total } => format!("intentos del PUK  {left} de {total}"),
        Text::CardVersion([major, minor]) => format!("interfaz          {major}.{minor}"),
        Text::SealCount(count) => format!("sellos            {count}"),
        Text::Seal { slot, name } => format!("{:02X}  {name}", slot.to_byte()),
        Text::SealKind(kind) => format!("  clase        {}", seal_kind(*kind)),
        Text::SealNumber(number) => format!("  número       {number}"),
        Text::Holder(holder) => format!("  titular      {holder}"),
        Text::Validity { from, until } => format!("  vigencia     {from} a {until}"),
        Text::Picture {
            width_mm,
            height_mm,
        } => format!("  tamaño       {width_mm} x {height_mm} mm"),
    }
}

fn tries(left: u8) -> String {
    if left == 1 {
        "último intento".to_owned()
    } else {
        format!("quedan {left} intentos")
    }
}

fn stampings(count: u16) -> String {
    if count == 1 {
        "1 sellado".to_owned()
    } else {
        format!("{count} sellados")
    }
}

fn signatures(count: u32) -> String {
    if count == 1 {
        "1 firma".to_owned()
    } else {
        format!("{count} firmas")
    }
}

const fn pin_policy(policy: PinPolicy) -> &'static str {
    match policy {
        PinPolicy::Never => "no se pide nunca",
        PinPolicy::Once => "una vez tras insertar la tarjeta",
        PinPolicy::Always => "en cada sellado; sin lotes",
        PinPolicy::Counted => "en cada sellado, o una vez por lote",
    }
}

const fn life_cycle(state: LifeCycle) -> &'static str {
    match state {
        LifeCycle::Blank => "en blanco: sin personalizar",
        LifeCycle::Personalizing => "en personalización, en el centro",
        LifeCycle::Operational => "operativa",
        LifeCycle::Blocked => "bloqueada por el centro",
        LifeCycle::Terminated => "terminada: sus claves están borradas",
    }
}

const fn seal_kind(kind: SealKind) -> &'static str {
    match kind {
        SealKind::Official => "sello oficial",
        SealKind::Contract => "sello de contratos",
        SealKind::Finance => "sello de finanzas",
        SealKind::Invoice => "sello de facturas",
        SealKind::Business => "sello comercial",
        SealKind::Individual => "sello de una persona física",
        _ => "otro sello",
    }
}

const fn secret(kind: SecretKind) -> &'static str {
    match kind {
        SecretKind::Pin => "PIN",
        SecretKind::NewPin => "PIN nuevo",
        SecretKind::Puk => "PUK",
        SecretKind::ApproverPin => "PIN del responsable",
    }
}

pub(super) fn failure(failure: &Failure) -> Explanation {
    let say = |what: &str| Explanation::new(what);
    match failure {
        Failure::NoService => say("No se puede acceder a los lectores de tarjetas.")
            .why("El servicio PC/SC (pcscd) no está en marcha.")
            .next("Arránquelo con `sudo systemctl start pcscd.socket`, o instale el paquete pcscd."),
        Failure::NoReaders => say("No hay ningún lector de tarjetas.")
            .next("Conecte un lector y vuelva a intentarlo."),
        Failure::UnknownReader { name, available } => {
            Explanation::new(format!("No hay ningún lector llamado «{name}»."))
                .next(format!("Lectores: {}", available.join("; ")))
        }
        Failure::AmbiguousReader { name, available } => {
            Explanation::new(format!("Hay varios lectores llamados «{name}»."))
                .next(format!("Dé más parte del nombre. Lectores: {}", available.join("; ")))
        }
        Failure::EmptyReaders { readers } => say("No hay ninguna tarjeta en el lector.")
            .why(format!("Sin tarjeta: {}", readers.join("; ")))
            .next("Inserte la tarjeta del sello, con el chip por delante, y vuelva a intentarlo."),
        Failure::ForeignCard { reader, atr } => {
            Explanation::new(format!("La tarjeta de {reader} no es una tarjeta de sello."))
                .why(format!("Es una tarjeta de otra clase, ATR {atr}."))
                .next("Inserte la tarjeta del sello y vuelva a intentarlo.")
        }
        Failure::MuteCard { reader } => {
            Explanation::new(format!("La tarjeta de {reader} no responde.")).next(
                "Sáquela, limpie los contactos, insértela con el chip por delante y vuelva a intentarlo.",
            )
        }
        Failure::CardInUse => say("Otro programa tiene la tarjeta en exclusiva.")
            .next("Cierre el otro programa y vuelva a intentarlo."),
        Failure::UnknownSerial { serial, cards: found } => {
            Explanation::new(format!("Ninguna tarjeta tiene el número de serie {serial}."))
                .next(format!("Tarjetas: {}", cards(found, "número de serie")))
        }
        Failure::SeveralCards { cards: found } => say("Hay varias tarjetas posibles.")
            .why(cards(found, "número de serie"))
            .next("Elija una con --serial o --reader, o saque las demás."),
        Failure::CardRemoved => say("Se ha retirado la tarjeta.")
            .why("Debe seguir en el lector hasta que el programa termine. No se ha escrito nada.")
            .next("Insértela de nuevo y repita la orden."),
        Failure::CardFailed { reason } => say("La tarjeta no ha podido hacer lo que se le pide.")
            .why(reason.clone())
            .next("Vuelva a intentarlo; si sigue así, consulte al centro que emitió la tarjeta."),
        Failure::NoSealOnCard => say("No hay ningún sello en esta tarjeta.")
            .why("Es una tarjeta PIV sin los objetos de sello de Sello.")
            .next("Inserte la tarjeta de sello que entregó el centro."),
        Failure::NotPersonalized => say("Esta tarjeta no está personalizada.")
            .next("Solo el centro puede poner un sello en ella; consulte al centro."),
        Failure::OutOfUse { life_cycle: state } => say("Esta tarjeta está fuera de uso.")
            .why(format!("Está {}.", life_cycle(*state)))
            .next("Consulte al centro que la emitió."),
        Failure::TransportPin => say("La tarjeta tiene todavía su PIN de transporte.")
            .why("No sella nada hasta que su custodio haya puesto un PIN propio.")
            .next("Use `sello pin change`; el PIN de transporte está en la carta del PIN."),
        Failure::NoSuchSeal { slot, seals: found } => Explanation::new(format!(
            "La tarjeta no tiene ningún sello en la posición {:02X}.",
            slot.to_byte()
        ))
        .next(format!("Sellos: {}", seals(found))),
        Failure::SeveralSeals { seals: found } => say("La tarjeta tiene varios sellos.")
            .next(format!("Elija uno con --seal: {}", seals(found))),
        Failure::SealDamaged { reason } => say("El sello de la tarjeta está dañado.")
            .why(reason.clone())
            .next("Consulte al centro que emitió la tarjeta."),
        Failure::SignatureMisfit => {
            say("La firma de la tarjeta no corresponde a su certificado.")
                .why("La clave y el certificado de la tarjeta no van juntos. No se ha escrito nada.")
                .next("Consulte al centro que emitió la tarjeta.")
        }
        Failure::NotSupported => say("Esta tarjeta no puede hacer eso.")
            .why("Es una tarjeta PIV de otra marca, o de una edición anterior a la 2.0.")
            .next("Inserte una tarjeta de sello del centro, o pida al centro una nueva."),
        Failure::NoApprover => say("La tarjeta no tiene PIN del responsable.")
            .why("Sus sellos no están bajo control dual.")
            .next("Consulte al centro si una segunda persona ha de autorizar cada sellado."),
        Failure::ApproverTransportPin => {
            say("El responsable tiene todavía el PIN de transporte.")
                .why("No autoriza nada hasta que el responsable haya puesto un PIN propio.")
                .next("Use `sello pin change --approver`; el PIN de transporte está en su carta.")
        }
        Failure::NoDualControl => say("El sello no necesita autorización.")
            .why("No está bajo control dual.")
            .next("Su custodio puede sellar ya; `sello approve` muestra qué sellos la necesitan."),
        Failure::ApprovalsMissing { needed, left } => {
            say("El responsable ha de autorizarlo antes.")
                .why(format!(
                    "Hacen falta {}; hay {left}. No se ha usado ningún PIN.",
                    stampings(*needed)
                ))
                .next(format!(
                    "El responsable usa `sello approve --count {needed}`; después repita la orden."
                ))
        }
        Failure::NotCounted { slot } => Explanation::new(format!(
            "El sello de la posición {:02X} no sella lotes.",
            slot.to_byte()
        ))
        .why("La regla de su PIN no es «counted».")
        .next("Selle los documentos de uno en uno, o pida al centro un sello que admita lotes."),
        Failure::BatchSize { count } => {
            Explanation::new(format!("Un lote tiene de 1 a 1024 documentos, no {count}."))
                .next("Divídalo; no se ha sellado nada.")
        }
        Failure::BatchBroken {
            sealed,
            total,
            cause,
        } => Explanation::new(format!(
            "El lote se ha interrumpido: hay {sealed} de {total} documentos sellados."
        ))
        .why(self::failure(cause).what)
        .next("Repita la orden con --resume para el resto; pedirá el PIN."),
        Failure::JournalFull => say("El registro de la tarjeta está lleno.")
            .why("Su contador no tiene más números, así que sus claves ya no firman.")
            .next("Pida al centro una tarjeta nueva."),
        Failure::Journal(error) => say("El registro de la tarjeta no es lo que escribe una tarjeta.")
            .why(journal::finding(&(*error).into()))
            .next("Conserve la tarjeta y consulte al centro que la emitió."),
        Failure::NotAnExport { path, reason } => Explanation::new(format!(
            "{} no es una exportación de un registro.",
            path.display()
        ))
        .why(reason.clone())
        .next("Indique un archivo escrito por `sello journal export`."),
        Failure::WrongPin { tries_left: 1 } => {
            say("El PIN es incorrecto. Queda 1 intento.").next(
                "Si no está seguro, deténgase: `sello pin unblock` pone un PIN nuevo con el PUK.",
            )
        }
        Failure::WrongPin { tries_left } => {
            Explanation::new(format!("El PIN es incorrecto. Quedan {tries_left} intentos."))
                .next("Repita la orden con el PIN correcto.")
        }
        Failure::PinBlocked => say("El PIN está bloqueado.")
            .why("Se ha introducido mal demasiadas veces.")
            .next("Ponga un PIN nuevo con `sello pin unblock` y el PUK de la carta del PIN."),
        Failure::WrongPuk { tries_left } => Explanation::new(format!(
            "El PUK es incorrecto ({}).",
            tries(*tries_left)
        ))
        .next("El PUK está en la carta del PIN. Sin intentos, la tarjeta queda inservible."),
        Failure::PukBlocked => say("El PUK está bloqueado.")
            .why("Se ha introducido mal demasiadas veces.")
            .next("Nada lo desbloquea; pida al centro una tarjeta nueva."),
        Failure::WrongApproverPin { tries_left } => Explanation::new(format!(
            "El PIN del responsable es incorrecto ({}).",
            tries(*tries_left)
        ))
        .next("Repita la orden con el PIN correcto del responsable."),
        Failure::ApproverBlocked => say("El PIN del responsable está bloqueado.")
            .why("Se ha introducido mal demasiadas veces.")
            .next("Lleve la tarjeta al centro, que pone uno nuevo."),
        Failure::NewPinRefused => say("La tarjeta rechaza el PIN nuevo.")
            .why("Es el anterior, o el de fábrica, o no tiene de 6 a 8 cifras.")
            .next("Elija otro. El PIN anterior sigue en vigor."),
        Failure::SamePin => say("El PIN nuevo es el anterior.")
            .next("Elija otro. No se ha cambiado nada."),
        Failure::PinsDiffer => say("Las dos entradas del PIN nuevo son distintas.")
            .next("Repita la orden. No se ha cambiado nada."),
        Failure::SecretForm { kind: SecretKind::Puk } => say("Un PUK tiene 8 caracteres.")
            .next("Repita la orden. No se ha gastado ningún intento."),
        Failure::SecretForm { kind } => {
            Explanation::new(format!("El {} debe tener de 6 a 8 cifras.", secret(*kind)))
                .next("Repita la orden. No se ha gastado ningún intento.")
        }
        Failure::NoTerminal { kind } => {
            Explanation::new(format!("No se puede pedir el {}.", secret(*kind)))
                .why("No hay terminal.")
                .next(format!("Los programas lo pasan con {}.", options(*kind)))
        }
        Failure::SecretSource { source, reason } => {
            Explanation::new(format!("No se puede leer nada de {source}.")).why(reason.clone())
        }
        Failure::Unreadable { path, reason } => {
            Explanation::new(format!("No se puede leer {}.", path.display())).why(reason.clone())
        }
        Failure::NotPdf { path } => {
            Explanation::new(format!("{} no es un documento PDF.", path.display()))
                .next("Conviértalo antes a PDF.")
        }
        Failure::EncryptedPdf { path } => {
            Explanation::new(format!("{} está cifrado.", path.display()))
                .why("Un documento cifrado no se puede sellar.")
                .next("Guárdelo sin contraseña y vuelva a intentarlo.")
        }
        Failure::DamagedPdf { path, reason } => Explanation::new(format!(
            "{} está dañado o no se admite.",
            path.display()
        ))
        .why(reason.clone())
        .next("Vuelva a generarlo con el programa de origen y repita la orden."),
        Failure::NoSuchPage { page, pages } => {
            Explanation::new(format!("No hay página {page}."))
                .why(format!("El documento tiene {pages}."))
        }
        Failure::OutsidePage {
            width_mm,
            height_mm,
        } => say("El sello quedaría fuera de la página.")
            .why(format!("La página mide {width_mm:.0} mm de ancho y {height_mm:.0} mm de alto."))
            .next("Elija --x, --y y --width de modo que el sello quede dentro."),
        Failure::SealSize => say("Un sello mide de 1 a 1000 mm de ancho y de alto.")
            .next("Elija otro --width."),
        Failure::Certified => say("El documento no admite más sellos.")
            .why("Su autor lo certificó de modo que no se puede añadir nada."),
        Failure::SealNotInForce => say("El sello no está en vigor hoy.")
            .next("`sello seals` muestra su vigencia; pida al centro que lo renueve."),
        Failure::CertificateNotInSeal => {
            say("El sello no corresponde a la clave de la tarjeta.")
                .why("La estructura del sello no contiene el certificado de la clave.")
                .next("Consulte al centro que emitió la tarjeta.")
        }
        Failure::CannotStamp { reason } => {
            say("El documento no se puede sellar.").why(reason.clone())
        }
        Failure::Changed { path } => Explanation::new(format!(
            "Otro programa está cambiando {}.",
            path.display()
        ))
        .why("Lo que se sellaría no es lo que se ha leído. No se ha escrito nada.")
        .next("Espere a que el otro programa termine e inténtelo de nuevo."),
        Failure::HalfWritten { path, excess } => {
            Explanation::new(format!("{} acaba a mitad de una revisión.", path.display()))
                .why(format!(
                    "Los últimos {excess} bytes son lo que dejó un sellado interrumpido; antes de \
                     ellos el documento está entero."
                ))
                .next("Repita con --in-place --repair: primero los corta.")
        }
        Failure::NothingSealed { path } => {
            Explanation::new(format!("{} no tiene sellos ni firmas.", path.display()))
                .next("Séllelo primero: `sello stamp --level lta`.")
        }
        Failure::CannotSearch { path, reason } => {
            Explanation::new(format!("No se puede buscar en el texto de {}.", path.display()))
                .why(reason.clone())
                .next("Indique el lugar con --page, --x e --y.")
        }
        Failure::NoSuchText { path, text, count } => Explanation::new(format!(
            "No hay esa aparición de «{text}» en {}.",
            path.display()
        ))
        .why(format!(
            "Aparece {count} veces; las mayúsculas cuentan, los espacios no, y una imagen de texto \
             no es texto."
        ))
        .next("Elija otro --keyword u --occurrence, o indique el lugar con --x e --y."),
        Failure::NoTimestampAuthority => say("No se ha indicado ninguna autoridad de sellado de \
            tiempo.")
            .why("Los niveles t, lt y lta necesitan sus sellos de tiempo.")
            .next("Indique una con --tsa; un centro tiene una: `sello-center timestamp serve`."),
        Failure::NotHttp { url } => Explanation::new(format!("{url} no es una dirección http."))
            .why("A las autoridades se les pregunta por http: lo que responden va firmado.")
            .next("Indique la dirección que empieza por http://."),
        Failure::Network { url, reason } => {
            Explanation::new(format!("{url} no da lo que se le pide."))
                .why(reason.clone())
                .next("No se ha escrito nada. Revise la dirección y la red e inténtelo de nuevo.")
        }
        Failure::Timestamp { url, reason } => Explanation::new(format!(
            "La autoridad de sellado de tiempo {url} no da un sello de tiempo que sirva."
        ))
        .why(reason.clone())
        .next("No se ha escrito nada. Pregunte a quien la lleva, o indique otra con --tsa."),
        Failure::EvidenceMissing { subject, reason } => Explanation::new(format!(
            "Los datos de validación de {subject} no están completos."
        ))
        .why(reason.clone())
        .next(
            "Ponga anclas y listas de revocación recientes en la carpeta de confianza \
             (`sello-center export-trust`), indíquela con --trust, o use --level t.",
        ),
        Failure::Trust { path, reason } => Explanation::new(format!(
            "No se puede usar la carpeta de confianza {}.",
            path.display()
        ))
        .why(reason.clone())
        .next("Pida al centro una copia nueva (`sello-center export-trust`)."),
        Failure::SeveralDocuments => say("Hay varios documentos y una sola salida.")
            .next("Séllelos con un solo PIN: `sello stamp --batch --into CARPETA ...`."),
        Failure::SameName { path } => Explanation::new(format!(
            "Dos documentos se escribirían en {}.",
            path.display()
        ))
        .next("Cambie el nombre de uno, o séllelos en dos lotes y dos carpetas."),
        Failure::SealedAlready { path } => {
            Explanation::new(format!("{} ya existe.", path.display()))
                .next("Use --resume para dejarlo como está, o elija otra carpeta con --into.")
        }
        Failure::OneDocument => {
            Explanation::new("Esto se hace con un solo documento a la vez.".to_owned())
                .next("Indique un archivo con --html, --extract-signed o `sello open`.")
        }
        Failure::NoSuchSignature { number, count } => {
            Explanation::new(format!("El documento no tiene el sello o firma número {number}."))
                .why(format!("Tiene {count}."))
                .next("Vea sus números con `sello verify`.")
        }
        Failure::NothingCovered { number } => Explanation::new(format!(
            "No hay un estado firmado del sello o firma {number} que escribir."
        ))
        .why("No indica de forma correcta qué parte del archivo cubre.".to_owned())
        .next("Vea con `sello verify` qué falla."),
        Failure::SameFile { path } => {
            Explanation::new(format!("{} es el propio documento de entrada.", path.display()))
                .next("Dé otro nombre con -o; el original no se cambia nunca.")
        }
        Failure::NoFolder { path } => {
            Explanation::new(format!("No se puede escribir en {}.", path.display()))
                .why("Esa carpeta no existe.")
                .next("Créela, o elija otro lugar con -o.")
        }
        Failure::Unwritable { path, reason } => {
            Explanation::new(format!("No se puede escribir {}.", path.display()))
                .why(reason.clone())
                .next("Elija otro lugar con -o, o compruebe sus permisos.")
        }
        Failure::DiskFull { path } => {
            Explanation::new(format!("No hay sitio para {}.", path.display()))
                .why("El disco está lleno. No ha quedado nada allí.")
                .next("Haga sitio, o elija otro lugar.")
        }
    }
}
