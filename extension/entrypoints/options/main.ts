import '../../ui/theme.css'
import { mountPage } from '../../ui/mount-page.ts'
import OptionsPage from '../../ui/options/OptionsPage.vue'

mountPage(OptionsPage)
