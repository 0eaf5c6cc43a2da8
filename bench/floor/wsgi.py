"""Both floors: `DJANGO_SETTINGS_MODULE` says which, bench.floor.settings or bench.floor.barest."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
