"""HTTP application, job store and worker process."""
