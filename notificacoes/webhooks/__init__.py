"""Avisar sistemas: fatos viram entregas assinadas, que se repetem até o outro lado aceitar ou a casa desistir."""
