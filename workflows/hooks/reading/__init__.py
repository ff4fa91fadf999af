"""How what strangers send is read: documents, headers, alerts, CloudEvents."""
