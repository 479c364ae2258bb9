import { defineConfig } from 'wxt'

/** Public half of a throw-away key: it fixes the extension's id, which the relay admits by Origin (`ASIDE_EXTENSION_IDS`). */
const MANIFEST_KEY =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA7BmwCmO4HUqYvTGrx09tcthBGfEkfO7tB8HWKccD4ImBfbTy+U8NfVI5VXl9DeAwau+fn0teMaxxRHkfU8iuHof6Ai+HRXK6unDC1jhdHVH0HOO93Q3Azvn0w7lvkMneAh6zWRW1Avpadojeko288TqVd5ZKHNCQ+FZ6ZPfwia1NwBrwZZWDiXguwTEJyx+Bsnni+UXGbszNNd1VDBpZBTOaS5Bvo8Qi3kyoNz83WdTwNUkqK5hXiNLc5gn9kGO0jZZRoZA9xVEPneHfO02SZAIjqwCE7qw9cWzFbILNt+vJOXxCJBBdxucBB6YkFgnl1OTblVz9CvmNIxCvwrfwQwIDAQAB'

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "worker-src 'self'",
  "connect-src 'self' https: wss: http://127.0.0.1:* ws://127.0.0.1:* http://localhost:* ws://localhost:*",
].join('; ')

export default defineConfig({
  srcDir: 'extension',
  publicDir: 'extension/public',
  modules: ['@wxt-dev/module-vue', '@wxt-dev/i18n/module', '@wxt-dev/auto-icons'],
  imports: false,
  manifestVersion: 3,
  manifest: {
    key: MANIFEST_KEY,
    name: '__MSG_extension_name__',
    description: '__MSG_extension_description__',
    default_locale: 'en',
    // Nothing is heard, read or shown there.
    incognito: 'not_allowed',
    minimum_chrome_version: '126',
    permissions: ['sidePanel', 'offscreen', 'storage', 'activeTab', 'scripting'],
    optional_permissions: ['identity'],
    optional_host_permissions: ['<all_urls>'],
    action: { default_title: '__MSG_extension_name__' },
    commands: {
      _execute_action: { suggested_key: { default: 'Ctrl+Shift+Y', mac: 'Command+Shift+Y' } },
      'toggle-mute': {
        suggested_key: { default: 'Alt+Shift+M', mac: 'MacCtrl+Shift+M' },
        description: '__MSG_commands_toggleMute__',
      },
      'stop-speech': {
        suggested_key: { default: 'Alt+Shift+X', mac: 'MacCtrl+Shift+X' },
        description: '__MSG_commands_stopSpeech__',
      },
    },
    storage: { managed_schema: 'managed-schema.json' },
    content_security_policy: { extension_pages: CONTENT_SECURITY_POLICY },
  },
})
