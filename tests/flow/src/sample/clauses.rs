//! What the sample contract says, in each language.

use sello_paper::letter::Language;

/// The fixed words of a contract.
pub(super) struct Words {
    /// Language tag (RFC 5646).
    pub(super) tag: &'static str,
    pub(super) title: &'static str,
    pub(super) number: &'static str,
    pub(super) opening: &'static [&'static str],
    clauses: &'static [(&'static str, &'static str)],
    deliveries: &'static [&'static str],
    delivery: &'static str,
    boxes: &'static str,
    pub(super) closing: &'static str,
    pub(super) client: &'static str,
    pub(super) provider: &'static str,
    pub(super) page: &'static str,
    pub(super) of: &'static str,
}

impl Words {
    /// Heading and text of the clause with this number, from 0. After the clauses proper come the
    /// deliveries of the annex, as many as a long sample needs.
    pub(super) fn clause(&self, number: usize) -> (String, String) {
        if let Some((heading, text)) = self.clauses.get(number) {
            return (format!("{}. {heading}", number + 1), (*text).to_owned());
        }
        let delivery = number - self.clauses.len();
        let text = self.deliveries.get(delivery % self.deliveries.len());
        let heading = format!("{} {}", self.delivery, delivery + 1);
        let boxes = 12 + delivery * 7 % 31;
        let text = format!(
            "{} {}: {boxes}.",
            text.copied().unwrap_or_default(),
            self.boxes
        );
        (heading, text)
    }
}

/// The words in `language`.
pub(super) const fn of(language: Language) -> &'static Words {
    match language {
        Language::Spanish => &SPANISH,
        Language::English => &ENGLISH,
    }
}

const SPANISH: Words = Words {
    tag: "es",
    title: "Contrato de prestación de servicios",
    number: "Referencia: ES-2026-0117",
    opening: &[
        "De una parte, Example Industrias S.A., con domicilio social en Valencia y número de \
         identificación fiscal A87654321, en adelante «el Cliente», que actúa por medio de su representante \
         legal.",
        "De otra parte, Example S.L., con domicilio social en Madrid y número de identificación \
         fiscal B12345678, en adelante «el Prestador», que actúa igualmente por \
         medio de su representante legal.",
        "Ambas partes se reconocen la capacidad necesaria para obligarse y acuerdan celebrar el \
         presente contrato de prestación de servicios, que se regirá por las siguientes cláusulas.",
    ],
    clauses: &[
        (
            "Objeto",
            "El Prestador se obliga a mantener los sistemas de archivo documental del Cliente y a \
             digitalizar los expedientes en papel que este le entregue, con la calidad y en los \
             plazos que se fijan en este contrato y en su anexo. Los trabajos comprenden la \
             recogida de los expedientes, su preparación, la captura de las imágenes, el \
             reconocimiento del texto, la comprobación del resultado y la devolución de los \
             originales.",
        ),
        (
            "Duración",
            "El contrato entra en vigor el 1 de enero de 2027 y tiene una duración de dos años. Se \
             prorrogará por periodos sucesivos de un año salvo que una de las partes comunique a la \
             otra, por escrito y con tres meses de antelación al vencimiento, su voluntad de no \
             prorrogarlo. La terminación no afecta a los trabajos ya encargados, que se concluirán \
             en las condiciones pactadas.",
        ),
        (
            "Precio y forma de pago",
            "El Cliente pagará 0,085 euros por página digitalizada y una cuota mensual de 1.450 \
             euros por el mantenimiento. A estas cantidades se añadirá el impuesto sobre el valor \
             añadido. El Prestador emitirá una factura electrónica dentro de los cinco primeros \
             días de cada mes, y el Cliente la abonará por transferencia en los treinta días \
             siguientes a su recepción. Los precios se revisarán cada año según el índice de \
             precios de consumo.",
        ),
        (
            "Obligaciones del Prestador",
            "El Prestador ejecutará los trabajos con la diligencia de un profesional, dispondrá de \
             personal formado, llevará un registro de los expedientes recibidos y devueltos, y \
             comunicará sin demora cualquier incidencia que pueda afectar a los plazos. Corregirá a \
             su costa las imágenes que no alcancen la resolución de 300 puntos por pulgada o en las \
             que falte alguna página.",
        ),
        (
            "Obligaciones del Cliente",
            "El Cliente entregará los expedientes ordenados y relacionados, facilitará el acceso a \
             sus instalaciones en horario laborable, designará a un responsable del contrato y \
             aceptará o rechazará cada entrega en el plazo de diez días hábiles. Transcurrido ese \
             plazo sin observaciones, la entrega se considerará aceptada.",
        ),
        (
            "Confidencialidad",
            "Cada parte mantendrá en secreto la información que conozca de la otra con ocasión de \
             este contrato, la usará solo para ejecutarlo y la pondrá al alcance únicamente de \
             quienes la necesiten para ese fin. Esta obligación subsiste durante cinco años después \
             de terminado el contrato. Quedan a salvo los requerimientos de jueces y autoridades.",
        ),
        (
            "Protección de datos personales",
            "En la medida en que los expedientes contengan datos personales, el Prestador actuará \
             como encargado del tratamiento conforme al Reglamento (UE) 2016/679: seguirá las \
             instrucciones documentadas del Cliente, aplicará las medidas de seguridad adecuadas, \
             no recurrirá a otro encargado sin autorización escrita, ayudará a atender los derechos \
             de las personas afectadas y, al terminar, devolverá o suprimirá los datos.",
        ),
        (
            "Propiedad de los resultados",
            "Las imágenes, los textos reconocidos y los índices que resulten de los trabajos \
             pertenecen al Cliente desde el momento de su creación. El Prestador conserva la \
             propiedad de sus programas y métodos, y concede al Cliente el uso de los que sean \
             necesarios para consultar los resultados.",
        ),
        (
            "Penalizaciones y responsabilidad",
            "El retraso imputable al Prestador dará lugar a una penalización del uno por ciento del \
             importe de la entrega por cada semana completa, hasta un máximo del diez por ciento. \
             La responsabilidad de cada parte se limita al importe anual del contrato, salvo en los \
             casos de dolo, de culpa grave o de incumplimiento de las cláusulas sexta y séptima.",
        ),
        (
            "Resolución",
            "Cualquiera de las partes podrá resolver el contrato si la otra incumple una obligación \
             esencial y no lo remedia en los treinta días siguientes al requerimiento escrito. El \
             Cliente podrá además desistir en cualquier momento con un preaviso de sesenta días, \
             abonando los trabajos realizados hasta esa fecha.",
        ),
        (
            "Firma y comunicaciones",
            "Este contrato se formaliza en formato electrónico y se sella con el sello electrónico \
             de cada parte, que tiene el mismo valor que su sello en papel. Las comunicaciones se \
             harán por escrito a las direcciones indicadas por cada parte y se entenderán recibidas \
             el día hábil siguiente al de su envío.",
        ),
        (
            "Ley aplicable y jurisdicción",
            "El contrato se rige por la ley española. Para cuantas cuestiones se deriven de él, las \
             partes se someten a los juzgados y tribunales de la ciudad de Madrid, con renuncia a \
             cualquier otro fuero que pudiera corresponderles.",
        ),
    ],
    delivery: "Anexo. Entrega n.º",
    boxes: "Cajas previstas",
    deliveries: &[
        "Expedientes de compras y proveedores, ordenados por año y número de pedido. Se recogen en \
         las oficinas centrales en cajas precintadas, con su relación. El plazo de ejecución es de \
         seis semanas desde la recogida. La entrega comprende un archivo por expediente, con el \
         texto reconocido y un índice con la fecha, el proveedor y el importe.",
        "Expedientes de personal de los centros de trabajo, con las medidas de seguridad propias de \
         los datos que contienen. Se digitalizan en las instalaciones del Cliente, de las que los \
         originales no salen. El plazo de ejecución es de ocho semanas. La consulta queda limitada \
         a las personas que el responsable del contrato designe por escrito.",
        "Planos y documentación técnica de las instalaciones, en formatos de hasta tamaño A0. La \
         resolución es de 400 puntos por pulgada y en color cuando el original lo tenga. El plazo \
         de ejecución es de diez semanas. Cada plano se entrega en un archivo propio, con el título \
         y el número del cajetín como índice.",
        "Actas y acuerdos de los órganos de gobierno desde la constitución de la sociedad, en libros \
         encuadernados que no se desmontan. La captura se hace con escáner cenital y se revisa \
         página a página. El plazo de ejecución es de cuatro semanas. La entrega comprende un \
         archivo por libro, con marcadores en cada acta.",
    ],
    closing: "Conformes, las partes sellan este contrato en Madrid, a 22 de noviembre de 2026.",
    client: "Por el Cliente",
    provider: "Por el Prestador",
    page: "Página",
    of: "de",
};

const ENGLISH: Words = Words {
    tag: "en",
    title: "Services agreement",
    number: "Reference: EN-2026-0117",
    opening: &[
        "Between Example Industrias S.A., a company with its registered office in Valencia and \
         tax number A87654321, hereinafter “the Client”, acting through its legal representative,",
        "and Example S.L., a company with its registered office in Madrid and tax number \
         B12345678, hereinafter “the Provider”, likewise acting through its legal \
         representative.",
        "The parties acknowledge each other's capacity to enter into this agreement and agree on \
         the following clauses.",
    ],
    clauses: &[
        (
            "Subject",
            "The Provider shall maintain the Client's document archive and digitize the paper files \
             that the Client hands over, to the quality and within the periods set out in this \
             agreement and its annex. The work comprises collecting and preparing the files, \
             capturing the images, recognizing the text, checking the result and returning the \
             originals.",
        ),
        (
            "Term",
            "The agreement enters into force on January 1, 2027 and runs for two years. It is \
             extended by one year at a time unless a party tells the other in writing, three months \
             before it ends, that it does not wish so. Work already ordered is completed on the \
             agreed terms.",
        ),
        (
            "Price and payment",
            "The Client pays EUR 0.085 for each digitized page and EUR 1,450 a month for \
             maintenance, plus value added tax. The Provider issues an electronic invoice within \
             the first five days of each month, and the Client pays it by bank transfer within \
             thirty days of receipt. Prices follow the consumer price index once a year.",
        ),
        (
            "Duties of the Provider",
            "The Provider carries out the work with professional care and trained staff, keeps a \
             register of files received and returned, and reports without delay whatever may affect \
             the periods agreed. Images below 300 dots per inch or lacking a page are made again at \
             the Provider's expense.",
        ),
        (
            "Duties of the Client",
            "The Client hands over the files sorted and listed, gives access to its premises during \
             working hours, names a person in charge of the agreement, and accepts or rejects each \
             delivery within ten working days. A delivery that draws no comment within that period \
             is deemed accepted.",
        ),
        (
            "Confidentiality",
            "Each party keeps secret what it learns about the other through this agreement, uses it \
             only to perform the agreement, and discloses it only to those who need it for that \
             purpose. This duty lasts for five years after the agreement ends. Orders of courts and \
             authorities remain unaffected.",
        ),
        (
            "Law and jurisdiction",
            "The agreement is governed by Spanish law. The parties submit to the courts of the city \
             of Madrid in all matters arising from it and waive any other forum.",
        ),
    ],
    delivery: "Annex. Delivery no.",
    boxes: "Boxes expected",
    deliveries: &[
        "Purchasing and supplier files, sorted by year and order number. They are collected at head \
         office in sealed boxes with their list. The work takes six weeks from collection. Each \
         file is delivered on its own, with the recognized text and an index of date, supplier and \
         amount.",
        "Plans and technical documents of the premises, in sizes up to A0, at 400 dots per inch and \
         in color where the original has it. The work takes ten weeks. Each plan is delivered on \
         its own, indexed by the title and number in its title block.",
        "Minutes and resolutions of the governing bodies since the company was founded, in bound \
         books that are not taken apart. They are captured from above and checked page by page. The \
         work takes four weeks. Each book is delivered on its own, with a bookmark at each set of \
         minutes.",
    ],
    closing: "In witness whereof the parties seal this agreement in Madrid on November 22, 2026.",
    client: "For the Client",
    provider: "For the Provider",
    page: "Page",
    of: "of",
};
