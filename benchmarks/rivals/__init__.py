"""What else a user could pick: simple-salesforce's own ways, and sObject Collections by hand. All read freee and map alike."""
