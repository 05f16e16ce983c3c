/** Ten replies for the demonstration, as two people of a ministry would have written and approved them. */
import type { Tx } from '../conversation/ports.ts';

export const DEMO_REPLIES: Readonly<Record<string, Readonly<Record<'ar' | 'en' | 'fr', string>>>> = {
  'payment.sent': {
    ar: 'أرسلنا الدفعة. يمكنكم استلامها حتى {{d}}. للمتابعة {{code}}',
    en: 'Your payment was sent. You can collect it until {{d}}. To follow: {{code}}',
    fr: "Votre paiement est parti. Vous pouvez le retirer jusqu'au {{d}}. Suivi: {{code}}",
  },
  'payment.corrected': {
    ar: 'صححنا المبلغ. يصل الفرق قبل {{d}}',
    en: 'We corrected the amount. You get the difference by {{d}}.',
    fr: 'Nous avons corrigé le montant. Vous recevez la différence avant le {{d}}.',
  },
  'payment.due': {
    ar: 'الدفعة في موعدها. التاريخ {{d}}',
    en: 'Your payment is on its way as planned. Date: {{d}}.',
    fr: 'Votre paiement arrive comme prévu. Date: {{d}}.',
  },
  'card.replaced': {
    ar: 'بطاقتكم الجديدة جاهزة من {{d}}. أحضروا هويتكم',
    en: 'Your new card is ready from {{d}}. Bring your ID.',
    fr: "Votre nouvelle carte est prête à partir du {{d}}. Apportez votre pièce d'identité.",
  },
  'record.corrected': {
    ar: 'صححنا معلوماتكم في الملف. لا حاجة لأي خطوة',
    en: 'We corrected your details on file. You need do nothing more.',
    fr: "Nous avons corrigé vos informations. Vous n'avez rien à faire.",
  },
  'papers.needed': {
    ar: 'نحتاج ورقة لنكمل الطلب {{ref}}. اتصلوا على {{hot}} مجانا',
    en: 'We need a paper to go on with {{ref}}. Call {{hot}}, free.',
    fr: 'Il nous faut un papier pour continuer {{ref}}. Appelez le {{hot}}, gratuit.',
  },
  'criteria.notmet': {
    ar: 'الملف لا يستوفي الشروط الآن. يمكنكم الاعتراض حتى {{d}} عبر {{code}}',
    en: 'The file does not meet the rules now. You may appeal until {{d}}: {{code}}',
    fr: "Le dossier ne remplit pas les règles. Recours possible jusqu'au {{d}}: {{code}}",
  },
  'verification.failed': {
    ar: 'لم نتمكن من فتح الملف. نتصل بالرقم المسجل، أو اتصلوا على {{hot}}',
    en: 'We could not open the file. We call the number on file, or call {{hot}}.',
    fr: 'Nous ne pouvons pas ouvrir le dossier. Nous appelons le numéro inscrit, ou appelez le {{hot}}.',
  },
  'office.spoken': {
    ar: 'تكلمنا مع المكتب. شكرا لأنكم أخبرتمونا',
    en: 'We spoke with the office. Thank you for telling us.',
    fr: 'Nous avons parlé avec le bureau. Merci de nous avoir prévenus.',
  },
  'still.checking': {
    ar: 'ما زلنا ندقق في {{ref}}. الجواب قبل {{d}}',
    en: 'We are still checking {{ref}}. You get an answer by {{d}}.',
    fr: 'Nous vérifions encore {{ref}}. Réponse avant le {{d}}.',
  },
};

/** Puts them into use; those whose key is there already stay as they are. Says how many were added. */
export async function seedDemoReplies(tx: Tx, at: Date): Promise<number> {
  const keys = Object.keys(DEMO_REPLIES);
  const { rowCount } = await tx.query(
    `insert into canned_reply (key, version, texts, state, created_at, approved_at)
     select key, 1, texts, 'approved', $3, $3 from unnest($1::text[], $2::jsonb[]) as demo (key, texts)
     where not exists (select from canned_reply where canned_reply.key = demo.key)
     on conflict do nothing`,
    [keys, keys.map((key) => JSON.stringify(DEMO_REPLIES[key])), at],
  );
  return rowCount ?? 0;
}
