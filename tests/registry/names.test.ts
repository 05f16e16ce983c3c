/** Names meet by how they sound, in either script, and names of different people do not. */
import { expect, test } from 'vitest';
import { nameParts, soundsOf } from '../../src/registry/name-sounds.ts';
import { nameIndex, nameQuery } from '../../src/registry/names.ts';
import type { Keys } from '../../src/privacy/keys.ts';

const keys = { index: (kind: string, value: string) => `${kind}:${value}` } as unknown as Keys;

/** Whether a search for one finds a person called the other. */
function finds(typed: string, stored: string): boolean {
  const index = new Set(nameIndex(keys, stored));
  const wanted = nameQuery(keys, typed);
  return wanted?.sounds.every((meets) => meets.some((value) => index.has(value))) ?? false;
}

/** Each line is one name as people write it; `_` is a space. */
const SAME = `
محمد Mohammed Mohamad Muhammad Mohamed Mouhamad
محمود Mahmoud Mahmood Mahmud
أحمد احمد Ahmed Ahmad
حداد Haddad Hadad الحداد Al-Haddad El-Haddad Elhaddad
فاطمة فاطمه Fatima Fatma Fatimah Fatmeh
عبد_الرحمن عبدالرحمن Abdel_Rahman Abdulrahman Abderrahmane Abd_Al_Rahman Abdurrahman
عبد_الله عبدالله Abdallah Abdullah Abdalla Abdellah
عبد_العزيز Abdelaziz Abdul_Aziz
عبد_اللطيف Abdellatif Abdul_Latif
حسين Hussein Husain Hussain Houcine Husayn Hossein
حسن Hassan Hasan Hacen
يوسف Youssef Yusuf Yousef Yousuf Yosef
علي على Ali Aly
عمر Omar Umar Oumar
خالد Khaled Khalid
خوري Khoury Khouri Khuri الخوري
جمال Jamal Gamal Djamal
جورج George Georges
جرجس Gerges Guirguis
شربل Charbel Sharbel
رشيد Rashid Rachid Rasheed
هشام Hicham Hisham
عثمان Othman Osman
ليلى ليلي Layla Leila Laila
عائشة Aisha Aicha Aïcha Ayesha
زينب Zeinab Zaynab Zainab
مريم Mariam Maryam Meriem
سعيد Said Saeed Saïd Sa'id
إبراهيم ابراهيم Ibrahim
إسماعيل اسماعيل Ismail Ismaïl Ismaeel
مصطفى مصطفي Mustafa Moustapha Mostafa Mustapha
طارق Tarek Tarik Tariq
رمضان Ramadan
هدى Huda Hoda Houda
نور Nour Noor Nur
ياسين Yassine Yasin Yaseen
ياسمين Yasmine Yasmin Yasmeen
منصور Mansour Mansoor Mansur
نصّار نصار Nassar Nasar
عيسى Issa Isa
يحيى Yahya Yehia
صالح Saleh Salih
قاسم Kassem Qasim Qassem
غسان Ghassan
فؤاد Fouad Fuad
رائد Raed
إلياس الياس Elias Ilyas
بطرس Boutros Botros
بولس Boulos
معاوية Mouawiya
شاهين Chahine Shahin Shaheen
طه Taha
هبة Hiba Heba
رنا Rana
ســـعاد سُعاد Souad Suad
بشارة Bechara Béchara Bishara
جميل Gemayel
أمير Amir Ameer
عمرو Amr Amro
سامر Samer Samir
سمير Samir Sameer
أسامة Osama Oussama Usama
درويش Darwish Darwich
إيمان Iman Imane Eman
ضياء Diaa Dia
دياب Diab
مروان Marwan Marouane
نوال Nawal
عواد Awad
حوراء Hawraa
موسى Moussa Musa
ريما Rima Reema
Joséphine Josephine
Thérèse Therese
Noël Noel
`;

const variants = SAME.trim()
  .split('\n')
  .map((line) => line.split(' ').map((name) => name.replaceAll('_', ' ')));

test.each(variants.map((line) => [line[0] ?? '', line]))('%s is found however it is written', (_, line) => {
  const missed = line.flatMap((typed) =>
    line.filter((stored) => !finds(typed, stored)).map((stored) => `${typed} does not find ${stored}`),
  );
  expect(missed).toEqual([]);
});

/** Two names of two people. */
const OTHERS = `
محمد محمود
Mohammed Mahmoud
محمد Mahmoud
محمود Mohamad
محمد أحمد
Mohammed Ahmed
حسن حسين
Hassan Hussein
حسن Hussein
حسين Hassan
عمر أمير
Omar Amir
علي ليلى
Ali Layla
عمر عمار
سمير سامر
Samir سمار
فاطمة فادي
Fatima Fadi
هدى هادي
Huda Hadi
نور نار
Nour Nira
خالد جلال
Khaled Jalal
يوسف يونس
Youssef Younes
ليلى Lola
حداد Hadid
حداد هدى
سعد سعيد
Saad Said
سعد Said
رنا ريما
Rima Rana
كريم Karam
كريم أكرم
جميل جمال
Jamil Jamal
جميل Jamal
صالح صلاح
Saleh صلاح
علي علاء
زيد زياد
Zaid Ziad
خوري حريري
Khoury Hariri
مريم أمير
Maria Omar
عمر Maria
عبدالله عبدالرحمن
Abdallah Abdulrahman
عبدالله Abdulaziz
شاهين حسين
بطرس بولس
Deng Lado
Lina Lana
لينا Lana
نادر نادية
Rami Rima
رامي Rima
Hani Hana
Jean John
`;

test.each(
  OTHERS.trim()
    .split('\n')
    .map((line) => line.split(' ')),
)('%s is not %s', (one = '', other = '') => {
  expect([finds(one, other), finds(other, one)]).toEqual([false, false]);
});

test('every word of a search must be in the name, in any order', () => {
  expect(finds('حداد ريما', 'Rima Haddad')).toBe(true);
  expect(finds('Abd el Rahman el Khoury', 'عبدالرحمن خوري')).toBe(true);
  expect(finds('Rima Haddad', 'Rima Khoury')).toBe(false);
});

test('what holds no name is no search', () => {
  for (const text of ['', ' ', '12', '...', 'ال', 'a', '\u202e', '٤٢٧']) {
    expect(nameQuery(keys, text), text).toBeUndefined();
  }
});

test('a long or odd word has a bounded number of readings', () => {
  for (const word of [
    'oueyaouei'.repeat(20),
    'thdhth'.repeat(30),
    'ثذظ'.repeat(40),
    'y',
    'ww',
    'ءءء',
    'Ω',
    '汉字',
  ]) {
    for (const part of nameParts(word)) {
      const { arabic, latin } = soundsOf(part);
      expect(arabic.length + latin.length).toBeLessThanOrEqual(48);
    }
  }
});
