/** Invented people at fixed numbers with simple stories, so that a demonstration needs no searching. */

export type DemoPerson = {
  /** E.164. */
  phone: string;
  name: { ar: string; en: string; fr: string };
  /** What the identity questions ask; null for a number that nobody has. */
  last4: string | null;
  birthYear: number | null;
  /** One line for whoever tries the simulator. */
  story: { ar: string; en: string; fr: string };
};

export const demoPeople: readonly DemoPerson[] = [
  person(1, ['ريما حداد', 'Rima Haddad', 'Rima Haddad'], '0427', 1980, [
    'دفعة من 145 دولارا تنتظر الاستلام',
    'Active, a payment of 145 USD waits to be collected',
    'Active, un paiement de 145 USD attend d’être retiré',
  ]),
  person(2, ['سمير منصور', 'Samir Mansour', 'Samir Mansour'], '1952', 1974, [
    'الدفعة التالية لها موعد',
    'Active, the next payment has a date',
    'Active, le prochain paiement a une date',
  ]),
  person(3, ['هدى صالح', 'Huda Saleh', 'Houda Saleh'], '3310', 1988, [
    'استلمت الدفعة الأخيرة',
    'Active, the last payment was collected',
    'Active, le dernier paiement a été retiré',
  ]),
  person(4, ['خالد عيسى', 'Khaled Issa', 'Khaled Issa'], '4471', 1969, [
    'فشلت الدفعة الأخيرة',
    'Active, the last payment failed',
    'Active, le dernier paiement a échoué',
  ]),
  person(5, ['مريم نصار', 'Mariam Nassar', 'Mariam Nassar'], '5086', 1991, [
    'على لائحة الانتظار',
    'Qualifies, on the waiting list',
    'Remplit les critères, sur liste d’attente',
  ]),
  person(6, ['يوسف حمدان', 'Joseph Hamdan', 'Youssef Hamdan'], '6624', 1965, [
    'لم يتم اختياره، ويمكنه الاعتراض',
    'Not selected, can ask why and appeal',
    'Non retenue, peut demander pourquoi et faire appel',
  ]),
  person(7, ['نور شاهين', 'Nour Chahine', 'Nour Chahine'], '7139', 1985, [
    'هاتف واحد لعائلتين',
    'One phone for two families: an agent must help',
    'Un téléphone pour deux familles : un agent doit aider',
  ]),
  person(8, ['طارق عباس', 'Tarek Abbas', 'Tarek Abbas'], '8205', 1979, [
    'وكيل يستلم عن والدته',
    'Nominee who collects for his mother',
    'Mandataire qui retire pour sa mère',
  ]),
  person(9, ['سعاد درويش', 'Suad Darwish', 'Souad Darwich'], '9348', 1972, [
    'رب الأسرة مسجل كمتوفى',
    'The head of the family is recorded as deceased',
    'Le chef de famille est inscrit comme décédé',
  ]),
  person(10, ['ليلى خوري', 'Layla Khoury', 'Leïla Khoury'], '1067', 1983, [
    'برنامجان: نقد شهري ومنحة مدرسية',
    'Two programmes: monthly cash and school top-up',
    'Deux programmes : aide mensuelle et aide scolaire',
  ]),
  person(11, ['بلا ملف', 'No file', 'Sans dossier'], null, null, [
    'رقم ليس في أي ملف',
    'A number that no file has',
    'Un numéro qui n’est dans aucun dossier',
  ]),
  person(12, ['رامي فرحات', 'Rami Farhat', 'Rami Farhat'], '1249', 2012, [
    'وكيل، لكنه أصغر من أن يستلم',
    'Nominee, but too young to collect',
    'Mandataire, mais trop jeune pour retirer',
  ]),
  person(13, ['دلال قاسم', 'Dalal Kassem', 'Dalal Kassem'], '1385', 1958, [
    'هاتف مستعار: رسائل بلا تفاصيل',
    'A borrowed phone: discreet messages only',
    'Un téléphone emprunté : messages discrets seulement',
  ]),
  person(14, ['آمنة يونس', 'Amina Younes', 'Amina Younès'], '1466', 1995, [
    'موقوف حتى مراجعة معلومات العائلة',
    'Suspended until the family details are checked',
    'Suspendue jusqu’à la vérification des données de la famille',
  ]),
];

/** In Arabic, English and French. */
type Words = readonly [ar: string, en: string, fr: string];

function person(
  n: number,
  names: Words,
  last4: string | null,
  birthYear: number | null,
  stories: Words,
): DemoPerson {
  return { phone: demoPhone(n), name: inLanguages(names), last4, birthYear, story: inLanguages(stories) };
}

function inLanguages([ar, en, fr]: Words): DemoPerson['name'] {
  return { ar, en, fr };
}

/** The fixed number of a person of the demo. */
export function demoPhone(n: number): string {
  return `+9617000${String(n).padStart(4, '0')}`;
}
