import '../../ui/theme.css'
import { mountPage } from '../../ui/mount-page.ts'
import SidePanel from '../../ui/panel/SidePanel.vue'

mountPage(SidePanel)
