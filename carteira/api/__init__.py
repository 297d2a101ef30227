"""A API REST: a segunda porta das mesmas salas. Cada recurso é um arquivo curto; a regra mora embaixo."""
