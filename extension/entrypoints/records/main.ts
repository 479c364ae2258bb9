import '../../ui/theme.css'
import HistoryPage from '../../ui/history/HistoryPage.vue'
import { mountPage } from '../../ui/mount-page.ts'

mountPage(HistoryPage)
