/**
 * How pages name what is secret, in the languages of this extension and some more. Names and ids are mostly English
 * wherever a page is from; labels are in its own language. Too much is covered rather than too little.
 */
const PASSWORDS = [
  'passw|passwd|\\bpwd\\b|passphrase|passcode|\\bpin\\b|\\bsecret\\b',
  'kennwort|contraseña|\\bclave\\b|mot de passe|palavra-passe|\\bsenha\\b|hasło|parola(?! chiave)|şifre|\\bsifre\\b|lösenord',
  'пароль|パスワード|暗証番号|비밀번호|암호|密码|密碼|口令|पासवर्ड|कूटशब्द|كلمة المرور|كلمة السر|الرقم السري',
]
const CARDS = [
  'card.?n|cc.?n|credit.?card|debit.?card|\\bcvc|\\bcvv|\\bcvn|\\bcsc\\b|cc.?exp|card.?exp|expir(y|ation)|security.?code|\\biban\\b',
  'kartennummer|kreditkarte|prüf(nummer|ziffer)|gültig bis|ablaufdatum|número de (la )?tarjeta|número do cartão|caducidad|validade',
  'numéro de (la )?carte|code de sécurité|date d.expiration|código de segur|numero (della )?carta|scadenza|codice di sicurezza',
  'numer karty|data ważności|kod zabezpiecz|kart numarası|son kullanma|güvenlik kodu|номер карты|срок действия',
  'カード番号|セキュリティコード|有効期限|카드 ?번호|보안 ?코드|유효 ?기간|卡号|卡號|安全码|有效期|कार्ड (नंबर|संख्या)|सुरक्षा कोड|رقم البطاقة|رمز الأمان|تاريخ الانتهاء',
]
const CODES = [
  'one.?time|\\b[th]?otp\\b|\\b[2m]fa\\b|two.?factor|verification.?code|auth(entication)?.?code|confirmation.?code|recovery.?code',
  'einmal|bestätigungscode|\\btan\\b|code de vérification|código de verifica|codice di verifica|kod weryfikacyjny|doğrulama kodu',
  'код подтверждения|確認コード|認証コード|ワンタイム|인증 ?번호|인증 ?코드|验证码|驗證碼|सत्यापन कोड|ओटीपी|رمز التحقق|رمز التأكيد',
]
const IDENTITIES = [
  'social.?security|\\bssn\\b|tax.?id|passport.?n|account.?n(um|o|r)|kontonummer|sort.?code|routing.?n',
]

const SECRET_WORDS = new RegExp([...PASSWORDS, ...CARDS, ...CODES, ...IDENTITIES].join('|'), 'iu')

/** A longer label is a paragraph that happens to speak of passwords, characters. */
const MAX_LABEL = 200

/** Whether a name or a label says that what is typed there is a secret. */
export function namesSecret(text: string): boolean {
  // `cardNumber` and `card_number` are words to people.
  const words = text
    .slice(0, MAX_LABEL)
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/_/g, ' ')
  return SECRET_WORDS.test(words)
}
