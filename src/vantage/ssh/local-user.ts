/** Who runs doctor; a container may run it as a number that no user database knows. */
import { userInfo } from 'node:os';

export function localUser(): { readonly name: string; readonly uid: number; readonly home: string | null } {
  try {
    const { username, uid, homedir } = userInfo();
    return { name: username, uid, home: homedir };
  } catch {
    return { name: '', uid: -1, home: null };
  }
}
