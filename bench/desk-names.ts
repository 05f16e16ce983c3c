/** Names for a large registry, as skewed as life: a few that everybody has, thousands that few have. */

/** One name in the spellings that registries and callers use; the first is Arabic. */
export type Name = readonly [string, ...string[]];

const GIVEN = names(`
  محمد Mohammed Mohamad Muhammad|أحمد Ahmed Ahmad|علي Ali|فاطمة Fatima Fatma|حسين Hussein Houcine|مريم Mariam Maryam
  حسن Hassan Hasan|زينب Zeinab Zaynab|خالد Khaled Khalid|عمر Omar|يوسف Youssef Yusuf|إبراهيم Ibrahim|سعاد Souad
  نور Nour Noor|ليلى Layla Leila|محمود Mahmoud|ريما Rima|هدى Huda Hoda|سمير Samir|جورج George Georges|رنا Rana`);
const FAMILY = names(`
  حداد Haddad|خوري Khoury Khouri|منصور Mansour|صالح Saleh Salih|عيسى Issa|نصار Nassar|حمدان Hamdan|شاهين Chahine Shahin
  عباس Abbas|درويش Darwish Darwich|قاسم Kassem Qasim|فرحات Farhat|سعد Saad|يونس Younes|مراد Mourad Murad`);

function names(list: string): Name[] {
  return list
    .trim()
    .split(/[|\n]/)
    .map((line) => line.trim().split(' ') as [string, ...string[]]);
}

const LETTERS = Array.from('بتجحخدرزسشصطغفقكلمن');
const LONG = ['ا', 'و', 'ي', ''];

/** Invented, of three or four letters and a long vowel or two: enough to sound apart. */
function invented(count: number): Name[] {
  return Array.from({ length: count }, (_, n) => {
    const letter = (step: number) => LETTERS[Math.floor(n / LETTERS.length ** step) % LETTERS.length] ?? '';
    const vowel = LONG[n % LONG.length] ?? '';
    return [`${letter(0)}${vowel}${letter(1)}${letter(2)}${LONG[(n * 7) % 3] ?? ''}${letter(0)}`];
  });
}

const ALL_GIVEN = [...GIVEN, ...invented(500)];
const ALL_FAMILY = [...FAMILY, ...invented(5_000)];

/** Draws by Zipf's law: the n-th name is borne by one n-th as many as the first. */
export function drawName(random: () => number): { given: Name; family: Name } {
  return { given: zipf(ALL_GIVEN, random), family: zipf(ALL_FAMILY, random) };
}

function zipf<T>(list: readonly T[], random: () => number): T {
  const place = Math.min(list.length - 1, Math.floor((list.length + 1) ** random()) - 1);
  const found = list[place];
  if (found === undefined) throw new Error('an empty list of names');
  return found;
}

/** One of the spellings. */
export function spelling(name: Name, random: () => number): string {
  return name[Math.floor(random() * name.length)] ?? name[0];
}
