import '../../ui/theme.css'
import { mountPage } from '../../ui/mount-page.ts'
import WelcomePage from '../../ui/welcome/WelcomePage.vue'

mountPage(WelcomePage)
