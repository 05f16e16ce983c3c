/** Names of invented people, in the scripts that a real registry mixes. */

export type NameSet = { female: readonly string[]; male: readonly string[]; family: readonly string[] };

export const NAMES: Readonly<Record<'ar' | 'en' | 'fr', NameSet>> = {
  ar: {
    female: words('ريما سلمى هدى نور ليلى فاطمة زينب مريم سعاد رنا هبة آمنة نجاة عبير إيمان دلال'),
    male: words('أحمد محمد علي حسن خالد يوسف إبراهيم عمر سامي جورج إلياس مصطفى ربيع طارق زياد أيمن'),
    family: words('حداد خوري منصور صالح عيسى نصار حمدان شاهين عباس درويش قاسم فرحات سعد يونس مراد إسماعيل'),
  },
  en: {
    female: words(
      'Rima Salma Huda Nour Layla Fatima Zeinab Mariam Grace Mary Alice Ruth Hope Joyce Amina Dalal',
    ),
    male: words(
      'Ahmad Omar Ali Hassan Khaled Joseph Daniel James Peter Samuel George Elias David Tarek John Amir',
    ),
    family: words(
      'Haddad Khoury Mansour Saleh Issa Nassar Hamdan Deng Lado Taban Wani Juma Akol Morris Farhat Saad',
    ),
  },
  fr: {
    female: words(
      'Claire Marie Hélène Aïcha Nadège Léa Thérèse Zoé Inès Joséphine Salwa Noémie Chloé Élise Rose',
    ),
    male: words(
      'Jean Rémi Élie Michel André Benoît François Moussa Gérard Loïc Hervé Antoine Noël Émile Samir',
    ),
    family: words(
      'Lefèvre Diallo Traoré Benoît Gémayel Frangié Béchara Moreau Garçon Koné Saïd Bélanger Noël Rizk',
    ),
  },
};

function words(list: string): string[] {
  return list.split(' ');
}
