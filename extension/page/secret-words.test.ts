import { describe, expect, it } from 'vitest'
import { namesSecret } from './secret-words.ts'

describe('namesSecret', () => {
  it.each([
    ...['password', 'userPassword', 'new_passwd', 'pwd', 'PIN', 'cardNumber', 'cc-number', 'card_no', 'CVV', 'cvc2'],
    ...['iban', 'otp', 'totp', 'one-time-code', 'mfa', 'verificationCode', 'expiry', 'ssn', 'accountNumber'],
    ...['Passwort', 'Kennwort wiederholen', 'Kartennummer', 'Prüfziffer', 'Einmalcode', 'TAN'],
    ...[
      'Contraseña',
      'Número de tarjeta',
      'Código de seguridad',
      'Mot de passe',
      'Numéro de carte',
      'Date d’expiration',
    ],
    ...[
      'Senha',
      'Número do cartão',
      'Password',
      'Numero della carta',
      'Hasło',
      'Numer karty',
      'Şifre',
      'Kart numarası',
    ],
    ...[
      'パスワード',
      'カード番号',
      '비밀번호',
      '카드 번호',
      '密码',
      '验证码',
      'पासवर्ड',
      'कार्ड नंबर',
      'كلمة المرور',
      'رقم البطاقة',
    ],
  ])('%s', (name) => {
    expect(namesSecret(name)).toBe(true)
  })

  it.each(['q', 'email', 'First name', 'spinner', 'Shopping list', 'search', 'comment', 'pinboard', 'Datum', 'Ort'])(
    'not %s',
    (name) => {
      expect(namesSecret(name)).toBe(false)
    },
  )
})
