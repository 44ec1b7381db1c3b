"""Sample texts in the house's voice, by tone and country, without the closing lines that the program appends."""

LINK = "https://pagos.example/d/3kf9"

FIRST_MX = (
    "Hola. Soy Ana Prueba, de Despacho Ejemplo. Tengo un mensaje personal para Luis Demo. ¿Hablo con él? Si "
    "no, responda NO y no volveremos a escribir a este número."
)
FIRST_CO = (
    "Buen día. Le escribe Ana Prueba, de Cobranzas Ejemplo S.A.S. Tengo un mensaje personal para Luis Demo. "
    "Si usted no es esa persona, responda NO y retiramos este número."
)
FIRST_ES = (
    "Hola, somos Recobros Ejemplo, S.L. Tenemos un mensaje personal para Luis Demo. Si no eres tú, responde "
    "NO y no te escribiremos más."
)
CORDIAL_MX = (
    "Hola, Luis. Te escribe Ana, de Despacho Ejemplo, por encargo de Aceros Ficticios. La factura A-2231 por "
    "$61,440.18 venció el 7 de septiembre (saldo al 20 de noviembre). A cualquiera se le pasa una fecha: si "
    "ya la pagaste, avísanos aquí y lo cerramos. Si no, puedes pagarla o proponer un día en "
    f"{LINK}. ¿Algo no cuadra? Responde este mensaje y lo revisamos."
)
CORDIAL_CO = (
    "Buen día, señor Demo. Le escribe Ana, de Cobranzas Ejemplo, en nombre de Aceros Ficticios. La factura "
    "A-2231, por $61.440.180, venció el 7 de septiembre (saldo al 20 de noviembre). Si ya pagó, por favor "
    f"cuéntenos y actualizamos la cuenta. Si no, en {LINK} puede pagar por PSE o escoger"
    " una fecha. Con gusto le ayudamos por este mismo canal."
)
CORDIAL_ES = (
    "Hola, Luis: te escribimos de Recobros Ejemplo por encargo de Aceros Ficticios (NIF B00000000). La "
    "factura A-2231, de 1.440,18 €, venció el 7 de septiembre. Si ya está pagada, dínoslo y lo anotamos; si "
    f"no, puedes hacerlo o elegir otra fecha en {LINK}. Si no estás de acuerdo con el "
    "importe, en la misma página puedes decírnoslo."
)
ATTENTIVE_MX = (
    "Luis, seguimos pendientes de la factura A-2231 ($61,440.18 al 20 de noviembre). Podemos dividirla: desde"
    " $15,360.05 al mes en 4 pagos, sin intereses adicionales hasta el 30 de noviembre. Elige cómo en "
    f"{LINK}; toma dos minutos. Si prefieres hablar, llama al 442 555 0100 o pide que te"
    " marquemos."
)
FIRM_MX = (
    "Estimado Sr. Demo: Por tercera ocasión le informamos que la factura A-2231, a favor de Aceros Ficticios,"
    " S.A. de C.V., presenta un saldo de $61,440.18 calculado al 20 de noviembre de 2026 (capital $58,900.00;"
    " intereses moratorios $2,540.18). No hemos recibido pago, propuesta ni aclaración. Le pedimos elegir una"
    " de estas opciones antes del 27 de noviembre: pagar, acordar un plan o exponer su inconformidad, en "
    f"{LINK} o al 442 555 0100. Pasada esa fecha pondremos el caso a consideración de "
    "nuestro cliente para definir los siguientes pasos. Preferimos resolverlo con usted. Atentamente, Ana "
    "Prueba, Despacho Ejemplo, S.C., Av. Ficticia 100, Querétaro. Quejas: quejas@aceros.example."
)
FIRM_CO = (
    "Respetado señor Demo: Este es el tercer aviso sobre la factura A-2231 de Aceros Ficticios, con saldo de "
    "$61.440.180 al 20 de noviembre de 2026 (capital $58.900.000; intereses de mora $2.540.180). Le invitamos"
    " a pagar, acordar cuotas o presentar su reclamación antes del 27 de noviembre en "
    f"{LINK}. Si la cuenta continúa en mora, informaremos a nuestro cliente para que "
    "decida las acciones que la ley le permite. Atenderemos su respuesta por el canal que usted autorizó."
)
FIRM_ES = (
    "Estimado Sr. Demo: Es la tercera comunicación relativa a la factura A-2231 emitida por Aceros Ficticios,"
    " S.L. Importe pendiente a 20 de noviembre de 2026: 1.440,18 € (principal 1.380,00 €; intereses 60,18 €)."
    " Le rogamos que, antes del 27 de noviembre, la abone en la cuenta ES91 2100 0418 4502 0005 1332 de la "
    "acreedora, acuerde un calendario o nos indique los motivos por los que no está conforme, en "
    f"{LINK}. Transcurrido ese plazo, la acreedora valorará las vías legales de "
    "reclamación."
)
LEGAL_MX = (
    "Asunto: invitación a resolver antes de iniciar acciones legales. Sr. Demo: Represento a Aceros "
    "Ficticios, S.A. de C.V. Su adeudo documentado en la factura A-2231 asciende a $61,440.18 al 20 de "
    "noviembre de 2026. Mi cliente me ha pedido evaluar la vía mercantil. Antes de hacerlo le ofrezco, hasta "
    "el 4 de diciembre: (a) pago total; (b) convenio de hasta 4 pagos; (c) una reunión para revisar sus "
    "objeciones y documentos. Si no hay respuesta, mi cliente podrá ejercer los derechos que la ley le "
    "concede. Esta carta no es un documento judicial. Lic. Carla Muestra, céd. prof. 0000000."
)
LEGAL_CO = (
    "Asunto: invitación a acuerdo directo antes de acción judicial. Señor Demo: En nombre de Aceros Ficticios"
    " le informo que, de no alcanzarse un acuerdo antes del 4 de diciembre, la acreedora podrá acudir a la "
    "jurisdicción para reclamar $61.440.180. Este comunicado no proviene de una autoridad."
)
LEGAL_ES = (
    "Asunto: propuesta de negociación previa a la vía judicial. Estimado Sr. Demo: En nombre de Aceros "
    "Ficticios, S.L. le invitamos a negociar la deuda de 1.440,18 € derivada de la factura A-2231, en los "
    "términos adjuntos, como actividad negociadora previa a la demanda. Puede aceptar, contestar o proponer "
    f"otra solución en 30 días en {LINK}. De no alcanzarse acuerdo, la acreedora podrá "
    "presentar demanda. Este escrito no procede de un órgano judicial."
)
CORDIAL_EN = (
    "Hello Luis, this is Ana from Despacho Ejemplo, writing on behalf of Aceros Ficticios. Invoice A-2231 for"
    " $61,440.18 was due on September 7 (balance as of November 20). You can pay or pick a date at "
    f"{LINK}. If something looks wrong, tell us there."
)
